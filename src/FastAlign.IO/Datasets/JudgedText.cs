using FastAlign.Core;

namespace FastAlign.IO.Datasets;

/// <summary>Judged completions of one prompt, as text.</summary>
/// <param name="Row">Row of the data file, from 0.</param>
/// <param name="Prompt">What all completions continue.</param>
/// <param name="Completions">Best first.</param>
public sealed record JudgedText(int Row, string Prompt, IReadOnlyList<string> Completions)
{
    public double? Margin { get; init; }

    public double? SoftLabel { get; init; }

    public double? Weight { get; init; }

    public double[] Labels { get; init; } = [];

    public double[] Safe { get; init; } = [];

    /// <summary>Reads a row.</summary>
    /// <exception cref="InputException">The row has another shape, or a value outside its range.</exception>
    public static JudgedText From(DataRow row, JudgedShape shape) => shape switch
    {
        JudgedShape.Rankings when !row.Has("chosen") => Ranking(row),
        JudgedShape.Labels => Labelled(row),
        JudgedShape.SafetyPairs => Pair(row) with { Safe = [Unit(row, "chosen_safe"), Unit(row, "rejected_safe")] },
        _ => Pair(row),
    };

    private static JudgedText Pair(DataRow row)
    {
        PreferenceText pair = PreferenceText.From(row);
        return new JudgedText(pair.Row, pair.Prompt, [pair.Chosen, pair.Rejected]) { Margin = pair.Margin, SoftLabel = pair.SoftLabel, Weight = pair.Weight };
    }

    private static JudgedText Labelled(DataRow row) => row.ConversationalField("prompt", "completion") is { } field
        ? throw row.Conversation(field)
        : new JudgedText(row.Index, row.Text("prompt"), [row.Text("completion")]) { Labels = [Unit(row, "label")], Weight = Optional(row, "weight") };

    private static JudgedText Ranking(DataRow row)
    {
        if (row.ConversationalField("prompt", "completions") is { } field)
        {
            throw row.Conversation(field);
        }

        string[] completions = row.Texts("completions");
        if (completions.Length < 2)
        {
            throw row.Error($"field 'completions': expected at least 2, found {completions.Length}");
        }

        if (row.Has("scores"))
        {
            double[] scores = row.Numbers("scores");
            if (scores.Length != completions.Length)
            {
                throw row.Error($"field 'scores': expected {completions.Length}, one for each completion, found {scores.Length}");
            }

            // Stable: completions of equal scores keep the order of the file.
            completions = [.. completions.Zip(scores).OrderByDescending(pair => pair.Second).Select(pair => pair.First)];
        }

        return new JudgedText(row.Index, row.Text("prompt"), completions) { Weight = Optional(row, "weight") };
    }

    private static double? Optional(DataRow row, string field) => row.Has(field) ? row.Number(field) : null;

    private static double Unit(DataRow row, string field) => row.NumberOrFlag(field) is >= 0 and <= 1 and double value
        ? value
        : throw row.Error($"field '{field}': expected true, false or a number in [0, 1], found {row.NumberOrFlag(field)}");
}
