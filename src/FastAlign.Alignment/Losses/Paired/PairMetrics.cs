using FastAlign.Kernels;

namespace FastAlign.Alignment;

/// <summary>What paired losses report: the figures of all of them, see <see cref="Metric"/>, and these of some.</summary>
public static class PairMetrics
{
    public static Metric NllLoss { get; } = new("nll_loss", "negative log-likelihood of what the likelihood part covers, nats per token", "its tokens");

    public static Metric LogOddsRatio { get; } = new("log_odds_ratio", "log sigmoid of the log odds ratio of chosen and rejected, nats", "pairs");

    public static Metric LogOddsChosen { get; } = new("log_odds_chosen", "log odds of the chosen side less those of the rejected one", "pairs");

    public static Metric Scores { get; } = new("objective/scores", "reward of the completions after the penalty for a missing end", "completions");

    public static Metric ScoresMargin { get; } = new("objective/scores_margin", "reward of the chosen side less that of the rejected one", "pairs");

    public static Metric ObjectiveKl { get; } = new("objective/kl", "log pi - log ref of the completions, nats", "completions");

    public static Metric NonScoreReward { get; } = new("objective/non_score_reward", "-beta (log pi - log ref) of the completions", "completions");

    public static Metric RlhfReward { get; } = new("objective/rlhf_reward", "objective/scores + objective/non_score_reward", "completions");

    public static Metric ObjectiveEntropy { get; } = new("objective/entropy", "-log pi of the completions, nats", "completions");

    public static Metric ContainsEos { get; } = new("val/contain_eos_token", "share of completions that ended by themselves", "completions");

    public static Metric PairTerm { get; } = new("loss/dpo", "the paired part of the loss", "pairs");

    public static Metric Optimism { get; } = new("loss/xpo", "alpha log pi of the reference's sample", "pairs");

    public static Metric GameScore { get; } = new("loss/score", "(p - 1/2) log pi of the completion", "completions");

    public static Metric GameKl { get; } = new("loss/kl", "log pi - log ref of the completion, nats", "completions");

    public static Metric ImplicitReward { get; } = new("implicit_reward", "scale (log pi - log ref) of the completion", "completions");

    public static Metric RegressionTarget { get; } = new("advantage", "reward less baseline: what the implicit reward is regressed to", "completions");

    /// <summary>The catalogue.</summary>
    public static IReadOnlyList<Metric> All { get; } =
    [
        NllLoss, LogOddsRatio, LogOddsChosen, Scores, ScoresMargin, ObjectiveKl, NonScoreReward, RlhfReward, ObjectiveEntropy, ContainsEos, PairTerm, Optimism,
        GameScore, GameKl, ImplicitReward, RegressionTarget,
    ];

    /// <summary>The figures of every paired loss.</summary>
    internal static void Report(in LossInputs inputs, ReadOnlySpan<PairStatistics> pairs, PairDesign design, MetricAccumulator metrics)
    {
        double chosen = 0;
        double rejected = 0;
        double correct = 0;
        double logProbChosen = 0;
        double logProbRejected = 0;
        double margin = 0;
        foreach (ref readonly PairStatistics pair in pairs)
        {
            double c = design.Beta * Score(design, pair.ChosenLogRatio);
            double r = design.Beta * Score(design, pair.RejectedLogRatio);
            chosen += c;
            rejected += r;
            margin += c - r;
            correct += c > r ? 1 : 0;
            logProbChosen += pair.Chosen;
            logProbRejected += pair.Rejected;
        }

        metrics.Add(Metric.RewardsChosen, chosen, pairs.Length);
        metrics.Add(Metric.RewardsRejected, rejected, pairs.Length);
        metrics.Add(Metric.RewardsAccuracies, correct, pairs.Length);
        metrics.Add(Metric.RewardsMargins, margin, pairs.Length);
        metrics.Add(Metric.LogProbsChosen, logProbChosen, pairs.Length);
        metrics.Add(Metric.LogProbsRejected, logProbRejected, pairs.Length);

        int k = design.Reading.SequencesPerExample;
        TokenMetrics.Mean(Metric.Entropy, inputs, inputs.Entropy, 0, 1, metrics);
        TokenMetrics.Mean(Metric.LogitsChosen, inputs, inputs.MeanLogit, 0, k, metrics);
        TokenMetrics.Mean(Metric.LogitsRejected, inputs, inputs.MeanLogit, 1, k, metrics);
        TokenMetrics.Accuracy(inputs, 0, k, metrics);
    }

    private static double Score(PairDesign design, double ratio) =>
        design.RewardScore is { } score ? score.Of(new ScalarDouble(ratio)).Value : ratio;
}

/// <summary>ORPO's odds.</summary>
internal sealed class OddsReport : IPairReport
{
    public void Report(in LossInputs inputs, ReadOnlySpan<PairStatistics> pairs, MetricAccumulator metrics)
    {
        double odds = 0;
        double ratio = 0;
        foreach (ref readonly PairStatistics pair in pairs)
        {
            var chosen = new ScalarDouble(pair.Chosen);
            var rejected = new ScalarDouble(pair.Rejected);
            double logOdds = OddsPair<ScalarDouble>.LogOdds(chosen, rejected).Value;
            odds += logOdds;
            ratio += StableForms.LogSigmoid(new ScalarDouble(logOdds)).Value;
        }

        metrics.Add(PairMetrics.LogOddsRatio, ratio, pairs.Length);
        metrics.Add(PairMetrics.LogOddsChosen, odds, pairs.Length);
    }
}

/// <summary>What TRL's online trainer reports of judged samples.</summary>
internal sealed class OnlineReport(PairReading reading, double beta) : IPairReport
{
    public void Report(in LossInputs inputs, ReadOnlySpan<PairStatistics> pairs, MetricAccumulator metrics)
    {
        double scores = 0;
        double margin = 0;
        double kl = 0;
        double logProb = 0;
        double ended = 0;
        ReadOnlySpan<double> endsWithEos = inputs.Values(Column.EndsWithEos);
        for (int i = 0; i < pairs.Length; i++)
        {
            double chosen = reading.Reward(inputs, reading.Chosen(inputs, i));
            double rejected = reading.Reward(inputs, reading.Rejected(inputs, i));
            scores += chosen + rejected;
            margin += chosen - rejected;
            kl += pairs[i].ChosenLogRatio + pairs[i].RejectedLogRatio;
            logProb += pairs[i].Chosen + pairs[i].Rejected;
            ended += endsWithEos.IsEmpty ? 0 : endsWithEos[2 * i] + endsWithEos[(2 * i) + 1];
        }

        int completions = 2 * pairs.Length;
        metrics.Add(PairMetrics.Scores, scores, completions);
        metrics.Add(PairMetrics.ScoresMargin, margin, pairs.Length);
        metrics.Add(PairMetrics.ObjectiveKl, kl, completions);
        metrics.Add(PairMetrics.NonScoreReward, -beta * kl, completions);
        metrics.Add(PairMetrics.RlhfReward, scores - (beta * kl), completions);
        metrics.Add(PairMetrics.ObjectiveEntropy, -logProb, completions);
        if (!endsWithEos.IsEmpty)
        {
            metrics.Add(PairMetrics.ContainsEos, ended, completions);
        }
    }
}
