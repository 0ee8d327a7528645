namespace FastAlign.IO.Datasets;

/// <summary>A completion judged by itself, as text.</summary>
/// <param name="Row">Row of the data file, from 0.</param>
/// <param name="Prompt">The prompt.</param>
/// <param name="Completion">The completion.</param>
/// <param name="IsDesirable">The field <c>label</c>: true for a completion to encourage. Where rows have a reward instead, whether it is above 0.</param>
public sealed record UnpairedText(int Row, string Prompt, string Completion, bool IsDesirable)
{
    /// <summary>The field <c>reward</c>, in the data's unit; null where rows have labels only.</summary>
    public double? Reward { get; init; }

    /// <summary>Reads <c>{"prompt", "completion", "label"}</c>, or the same with <c>"reward"</c>, or both.</summary>
    /// <exception cref="Core.InputException">A field is missing or of the wrong type.</exception>
    public static UnpairedText From(DataRow row)
    {
        if (row.ConversationalField("prompt", "completion") is { } field)
        {
            throw row.Conversation(field);
        }

        if (!row.Has("label") && !row.Has("reward"))
        {
            throw row.WrongShape("'prompt', 'completion' and 'label' or 'reward'; or a pair, 'chosen' and 'rejected'");
        }

        double? reward = row.Has("reward") ? row.Number("reward") : null;
        bool isDesirable = row.Has("label") ? row.Flag("label") : reward > 0;
        return new UnpairedText(row.Index, row.Text("prompt"), row.Text("completion"), isDesirable) { Reward = reward };
    }

    /// <summary>Reads rows of one shape: judged completions, or preference pairs, which are taken apart.</summary>
    public static UnpairedText[] Read(ReadOnlySpan<DataRow> rows)
    {
        if (rows.Length == 0 || !rows[0].Has("chosen"))
        {
            var judged = new UnpairedText[rows.Length];
            for (int i = 0; i < judged.Length; i++)
            {
                judged[i] = From(rows[i]);
            }

            return judged;
        }

        var pairs = new PreferenceText[rows.Length];
        for (int i = 0; i < pairs.Length; i++)
        {
            pairs[i] = PreferenceText.From(rows[i]);
        }

        return Unpair(pairs);
    }

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
