using System.Globalization;
using System.Text;
using FastAlign.Alignment;

namespace FastAlign.Studies;

/// <summary>Outcomes as a Markdown table, best first.</summary>
internal static class StudyReport
{
    public static string Table(IEnumerable<Outcome> outcomes, bool hasGold)
    {
        var text = new StringBuilder();
        text.Append("| command | loss | ").Append(hasGold ? "gold win rate | " : "").Append("accuracy | margin | KL | length | entropy | ").Append(hasGold ? "off by |\n" : "\n");
        text.Append("|---|---|").Append(hasGold ? "---|" : "").Append("---|---|---|---|---|").Append(hasGold ? "---|\n" : "\n");
        foreach (Outcome outcome in outcomes.OrderByDescending(one => one.Failure is null ? (hasGold ? one.Win.Mean : one.Accuracy.Mean) : double.NegativeInfinity))
        {
            text.Append(CultureInfo.InvariantCulture, $"| {outcome.Contestant.Command} | {outcome.Contestant.Name} | ");
            if (outcome.Failure is { } failure)
            {
                text.Append(CultureInfo.InvariantCulture, $"stopped: {failure} |\n");
                continue;
            }

            text.Append(hasGold ? $"{Cell(outcome.Win, 3)} | " : "");
            text.Append(CultureInfo.InvariantCulture, $"{Cell(outcome.Accuracy, 3)} | {Cell(outcome.Margin, 2)} | {Cell(outcome.Kl, 2)} | {Cell(outcome.Length, 1)} | {Cell(outcome.Entropy, 3)} | ");
            text.Append(hasGold ? $"{Cell(outcome.Calibration, 3)} |\n" : "\n");
        }

        return text.ToString();
    }

    private static string Cell(Estimate estimate, int digits)
    {
        if (double.IsNaN(estimate.Mean))
        {
            return "–";
        }

        string format = $"F{digits}";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{estimate.Mean.ToString(format, CultureInfo.InvariantCulture)} [{estimate.Low.ToString(format, CultureInfo.InvariantCulture)}, {estimate.High.ToString(format, CultureInfo.InvariantCulture)}]");
    }
}
