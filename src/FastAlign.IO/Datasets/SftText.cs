namespace FastAlign.IO.Datasets;

/// <summary>A row to imitate, as text: plain language modelling, or a prompt and its completion.</summary>
/// <param name="Row">Row of the data file, from 0.</param>
/// <param name="Prompt">The prompt, or null for language modelling.</param>
/// <param name="Completion">The completion, or the whole text.</param>
public sealed record SftText(int Row, string? Prompt, string Completion)
{
    /// <summary>Reads <c>{"prompt", "completion"}</c>, else <c>{"text"}</c>: where both are there, the prompt decides, as in TRL.</summary>
    /// <param name="row">The row.</param>
    /// <param name="textField">Name of the text field.</param>
    /// <exception cref="Core.InputException">The row has neither shape, or a field of the wrong type.</exception>
    public static SftText From(DataRow row, string textField = "text")
    {
        if (row.ConversationalField("messages", "conversations", "prompt", "completion") is { } field)
        {
            throw row.Conversation(field);
        }

        return row.Has("prompt") && row.Has("completion") ? new SftText(row.Index, row.Text("prompt"), row.Text("completion"))
            : row.Has(textField) ? new SftText(row.Index, null, row.Text(textField))
            : throw row.WrongShape($"'{textField}', or 'prompt' and 'completion'");
    }
}
