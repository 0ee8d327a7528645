namespace FastAlign.IO.Datasets;

/// <summary>A preference pair as text.</summary>
/// <param name="Row">Row of the data file, from 0.</param>
/// <param name="Prompt">What both completions continue.</param>
/// <param name="Chosen">The preferred completion.</param>
/// <param name="Rejected">The other one.</param>
public sealed record PreferenceText(int Row, string Prompt, string Chosen, string Rejected)
{
    /// <summary>A completion to imitate, from <c>reference</c>; null where the row has none.</summary>
    public string? Demonstration { get; init; }

    /// <summary>How much better the chosen side is, from <c>margin</c>; null where the row does not say.</summary>
    public double? Margin { get; init; }

    /// <summary>Probability that the chosen side is the better one, from <c>soft_label</c>; null where the row does not say.</summary>
    public double? SoftLabel { get; init; }

    /// <summary>Factor of the pair's loss, from <c>weight</c>; null where the row does not say.</summary>
    public double? Weight { get; init; }

    /// <summary>
    /// Reads <c>{"prompt", "chosen", "rejected"}</c>, or <c>{"chosen", "rejected"}</c> with the prompt inside both: then it is what the two texts
    /// begin with in common (<see cref="ImplicitPrompt"/>). The <c>\n\nHuman: ... \n\nAssistant: ...</c> strings of hh-rlhf are of the second kind.
    /// </summary>
    /// <exception cref="Core.InputException">The row has neither shape, a field of the wrong type or range, or no prompt that can be found.</exception>
    public static PreferenceText From(DataRow row) => Pair(row) with
    {
        Margin = row.Has("margin") ? row.Number("margin") : null,
        SoftLabel = row.Has("soft_label") ? InRange(row, "soft_label", row.NumberOrFlag("soft_label"), 1, "true, false or a number in [0, 1]") : null,
        Weight = row.Has("weight") ? InRange(row, "weight", row.Number("weight"), double.MaxValue, "a number of at least 0") : null,
    };

    /// <summary>Reads a pair with a prompt of its own and a demonstration beside it: <c>{"prompt", "chosen", "rejected", "reference"}</c>.</summary>
    /// <exception cref="Core.InputException">The row has another shape, or a field of the wrong type or range.</exception>
    public static PreferenceText WithDemonstration(DataRow row) => row.Has("prompt") && row.Has("reference")
        ? From(row) with { Demonstration = row.Text("reference") }
        : throw row.WrongShape("'prompt', 'chosen', 'rejected' and 'reference' (a demonstration)");

    private static double InRange(DataRow row, string field, double value, double most, string expected) =>
        value >= 0 && value <= most ? value : throw row.Error(FormattableString.Invariant($"field '{field}': expected {expected}, found {value}"));

    private static PreferenceText Pair(DataRow row)
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
