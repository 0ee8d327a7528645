namespace FastAlign.IO.Datasets;

/// <summary>A completion judged by itself, as text.</summary>
/// <param name="Row">Row of the data file, from 0.</param>
/// <param name="Prompt">The prompt.</param>
/// <param name="Completion">The completion.</param>
/// <param name="IsDesirable">The field <c>label</c>: true for a completion to encourage.</param>
public sealed record UnpairedText(int Row, string Prompt, string Completion, bool IsDesirable)
{
    /// <summary>Reads <c>{"prompt", "completion", "label"}</c>.</summary>
    /// <exception cref="Core.InputException">A field is missing or of the wrong type.</exception>
    public static UnpairedText From(DataRow row) => row.ConversationalField("prompt", "completion") is { } field
        ? throw row.Conversation(field)
        : new UnpairedText(row.Index, row.Text("prompt"), row.Text("completion"), row.Flag("label"));

    /// <summary>Takes pairs apart as TRL's <c>unpair_preference_dataset</c> does: all chosen completions in order, then all rejected ones.</summary>
    public static UnpairedText[] Unpair(ReadOnlySpan<PreferenceText> pairs)
    {
        var unpaired = new UnpairedText[2 * pairs.Length];
        for (int i = 0; i < pairs.Length; i++)
        {
            PreferenceText pair = pairs[i];
            unpaired[i] = new UnpairedText(pair.Row, pair.Prompt, pair.Chosen, true);
            unpaired[pairs.Length + i] = new UnpairedText(pair.Row, pair.Prompt, pair.Rejected, false);
        }

        return unpaired;
    }
}
