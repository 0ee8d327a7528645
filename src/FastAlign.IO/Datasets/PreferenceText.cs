namespace FastAlign.IO.Datasets;

/// <summary>A preference pair as text.</summary>
/// <param name="Row">Row of the data file, from 0.</param>
/// <param name="Prompt">What both completions continue.</param>
/// <param name="Chosen">The preferred completion.</param>
/// <param name="Rejected">The other one.</param>
public sealed record PreferenceText(int Row, string Prompt, string Chosen, string Rejected)
{
    /// <summary>
    /// Reads <c>{"prompt", "chosen", "rejected"}</c>, or <c>{"chosen", "rejected"}</c> with the prompt inside both: then it is what the two texts
    /// begin with in common (<see cref="ImplicitPrompt"/>). The <c>\n\nHuman: ... \n\nAssistant: ...</c> strings of hh-rlhf are of the second kind.
    /// </summary>
    /// <exception cref="Core.InputException">The row has neither shape, a field of the wrong type, or no prompt that can be found.</exception>
    public static PreferenceText From(DataRow row)
    {
        if (row.ConversationalField("prompt", "chosen", "rejected") is { } field)
        {
            throw row.Conversation(field);
        }

        if (!row.Has("chosen") || !row.Has("rejected"))
        {
            throw row.WrongShape("'chosen' and 'rejected', with or without 'prompt'");
        }

        (string chosen, string rejected) = (row.Text("chosen"), row.Text("rejected"));
        if (row.Has("prompt"))
        {
            return new PreferenceText(row.Index, row.Text("prompt"), chosen, rejected);
        }

        if (chosen.Length == 0 || rejected.Length == 0)
        {
            throw row.Error($"field '{(chosen.Length == 0 ? "chosen" : "rejected")}': expected a text that begins with the prompt, found an empty one");
        }

        (string prompt, chosen, rejected) = ImplicitPrompt.Split(chosen, rejected);
        return new PreferenceText(row.Index, prompt, chosen, rejected);
    }
}
