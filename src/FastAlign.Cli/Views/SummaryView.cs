using FastAlign.Alignment;
using Spectre.Console;

namespace FastAlign.Cli.Views;

/// <summary>The end of a run: a table of before and after, two continuations, what to try next.</summary>
internal static class SummaryView
{
    public static void Print(IAnsiConsole console, RunSummary summary)
    {
        if (summary.Rows.Count > 0)
        {
            var table = new Table { Border = TableBorder.Rounded, Title = new TableTitle($"held-out examples ({summary.Rows[0].After.Count}), mean and 95% interval") };
            table.AddColumn(new TableColumn(string.Empty).NoWrap());
            table.AddColumns("before", "after", "change");
            foreach (ComparisonRow row in summary.Rows)
            {
                table.AddRow(Markup.Escape(row.Metric.Name), Text(row.Before), Text(row.After), Text(row.Change));
            }

            console.Write(table);
            if (summary.Rows.Any(row => row.Metric == Metric.RewardsAccuracies))
            {
                console.WriteLine("Before training policy and reference are the same: every reward is 0, and a tie counts as wrong.");
            }
        }

        foreach (SamplePair sample in summary.Samples)
        {
            console.WriteLine();
            console.WriteLine($"prompt: {OneLine(sample.Prompt)}");
            console.WriteLine($"  before: {OneLine(sample.Before)}");
            console.WriteLine($"  after:  {OneLine(sample.After)}");
        }

        if (summary.ModelFolder is { } folder)
        {
            console.WriteLine();
            console.WriteLine($"model: {folder}");
            console.WriteLine(summary.Samples.Count > 0
                ? $"try:   fastalign generate --model {folder} --prompt \"Once upon a time\""
                : $"try:   fastalign eval --model {folder} --dataset rows.jsonl");
        }
    }

    private static string Text(Estimate estimate) => double.IsNaN(estimate.Low)
        ? Number(estimate.Mean)
        : Markup.Escape($"{Number(estimate.Mean)} [{Number(estimate.Low)}, {Number(estimate.High)}]");

    /// <summary>Enough digits to see a change, few enough for a terminal of 80 columns.</summary>
    private static string Number(double value) => Math.Abs(value) >= 100 ? $"{value:F1}" : $"{value:F3}";

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").Trim();
}
