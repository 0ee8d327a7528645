using FastAlign.Alignment;
using FastAlign.Models;

namespace FastAlign;

/// <summary>A policy's implicit rewards <c>beta (log pi - log ref)</c> against what the data say: labels or rewards of single completions, scores of lists.</summary>
internal sealed class PolicyRanking(EvaluationOptions options, EvaluationPass pass)
{
    private const ulong IntervalSeed = 0;

    private readonly List<double> _rewards = [];

    /// <summary>Completions with a label: rewards and log-probs by class, how well rewards tell the classes apart, and how they follow rewards of the data.</summary>
    /// <param name="examples">Completions.</param>
    /// <param name="hasRewards">Whether the data say more than a label.</param>
    /// <param name="cancellation">Stops between batches.</param>
    public IReadOnlyList<EvaluationFigure> Judged(UnpairedExample[] examples, bool hasRewards, CancellationToken cancellation)
    {
        ILoss loss = UnpairedLosses.Create("apo_zero_unpaired", new UnpairedOptions { Beta = options.Beta });
        ExampleScores scores = pass.Score(
            new TrainingTask(new UnpairedData(examples), loss), examples.Max(e => e.Prompt.Length + e.Completion.Length), Keep, cancellation);
        List<EvaluationFigure> figures = Figures(scores);
        double[] labels = [.. examples.Select(example => example.IsDesirable ? 1.0 : 0.0)];
        if (labels.Contains(0) && labels.Contains(1))
        {
            figures.Add(Figure("rewards/auc", labels, Ranking.AreaUnderCurve));
        }

        if (hasRewards && examples.Select(example => example.Reward).Distinct().Skip(1).Any())
        {
            double[] given = [.. examples.Select(example => example.Reward)];
            figures.Add(Figure("reward_correlation/pearson", given, Correlation.Pearson));
            figures.Add(Figure("reward_correlation/spearman", given, Correlation.Spearman));
        }

        return figures;
    }

    /// <summary>Lists with scores: log-probs, and how well rewards order them.</summary>
    public IReadOnlyList<EvaluationFigure> Lists(ListExample[] lists, CancellationToken cancellation)
    {
        ILoss loss = PairLosses.List(new ListOptions { Beta = options.Beta });
        ExampleScores scores = pass.Score(
            new TrainingTask(new ListData(lists), loss), lists.Max(list => list.Prompt.Length + list.Completions.Max(c => c.Length)), Keep, cancellation);
        var ordered = new List<(double[], double[])>();
        int next = 0;
        foreach (ListExample list in lists)
        {
            ordered.Add((_rewards.GetRange(next, list.Scores.Length).ToArray(), list.Scores));
            next += list.Scores.Length;
        }

        return [.. Figures(scores), .. RankingFigures.Of(ordered)];
    }

    private delegate double Statistic(ReadOnlySpan<double> rewards, ReadOnlySpan<double> given);

    private EvaluationFigure Figure(string name, double[] given, Statistic statistic) => new(name, Intervals.Bootstrap(
        given.Length, drawn => statistic(Array.ConvertAll(drawn, i => _rewards[i]), Array.ConvertAll(drawn, i => given[i])), IntervalSeed));

    /// <summary>Without a reference the loss means nothing.</summary>
    private List<EvaluationFigure> Figures(ExampleScores scores) =>
        [.. scores.Metrics.Where(metric => metric != Metric.Loss || pass.HasReference).Where(metric => metric != UnpairedMetrics.Kl)
            .Select(metric => new EvaluationFigure(metric.Name, scores.Estimate(metric, IntervalSeed)))];

    private void Keep(ReadOnlySpan<int> examples, TokenBatch batch, TrainingPass run)
    {
        ReadOnlySpan<int> starts = batch.RowStarts.Span;
        for (int s = 0; s < batch.SequenceCount; s++)
        {
            double ratio = 0;
            for (int t = starts[s]; t < starts[s + 1]; t++)
            {
                ratio += run.LogProbs[t] - run.ReferenceLogProbs[t];
            }

            _rewards.Add(options.Beta * ratio);
        }
    }
}
