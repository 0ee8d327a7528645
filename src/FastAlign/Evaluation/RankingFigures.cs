using FastAlign.Alignment;

namespace FastAlign;

/// <summary>How well scores order lists: means over lists, with intervals; lists whose labels are all equal say nothing and are left out.</summary>
internal static class RankingFigures
{
    private const ulong IntervalSeed = 0;

    private delegate double Figure(ReadOnlySpan<double> scores, ReadOnlySpan<double> labels);

    public static IEnumerable<EvaluationFigure> Of(IReadOnlyList<(double[] Scores, double[] Labels)> lists)
    {
        (double[] Scores, double[] Labels)[] ordered = [.. lists.Where(list => list.Labels.AsSpan().ContainsAnyExcept(list.Labels[0]))];
        if (ordered.Length == 0)
        {
            yield break;
        }

        yield return Mean("ranking/accuracy", Ranking.PairAccuracy);
        yield return Mean("ranking/ndcg", Ranking.Ndcg);

        // Equal scores throughout order nothing: 0, as chance does.
        yield return Mean("ranking/kendall_tau", static (scores, labels) => double.IsNaN(Ranking.KendallTau(scores, labels)) ? 0 : Ranking.KendallTau(scores, labels));

        EvaluationFigure Mean(string name, Figure figure) =>
            new(name, Intervals.Mean([.. ordered.Select(list => figure(list.Scores, list.Labels))], IntervalSeed));
    }
}
