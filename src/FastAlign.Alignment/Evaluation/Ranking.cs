namespace FastAlign.Alignment;

/// <summary>How well scores put things in the order of their labels. A figure is NaN where the labels leave no order to find.</summary>
public static class Ranking
{
    /// <summary>Share of pairs of different labels whose scores are in the same order; equal scores count 0, as in <c>rewards/accuracies</c>.</summary>
    public static double PairAccuracy(ReadOnlySpan<double> scores, ReadOnlySpan<double> labels)
    {
        PairCounts counts = Count(scores, labels);
        return (double)counts.Concordant / (counts.Concordant + counts.Discordant + counts.TiedScores);
    }

    /// <summary>Kendall's tau-b: <c>(C - D) / sqrt((C + D + T_s)(C + D + T_l))</c>, T pairs that are tied on one side only, in [-1, 1] (Kendall, 1945).</summary>
    public static double KendallTau(ReadOnlySpan<double> scores, ReadOnlySpan<double> labels)
    {
        PairCounts counts = Count(scores, labels);
        double both = counts.Concordant + counts.Discordant;
        return (counts.Concordant - counts.Discordant) / Math.Sqrt((both + counts.TiedScores) * (both + counts.TiedLabels));
    }

    /// <summary>
    /// Normalised discounted cumulative gain: <c>sum_i (2^l_i - 1) / log2(1 + rank_i)</c> over that of the best order, in [0, 1] (Jarvelin and Kekalainen,
    /// 2002; Burges et al., 2005). Labels are first stretched to [0, 1], so that their unit does not matter. Of equal scores the lower label comes first.
    /// </summary>
    public static double Ndcg(ReadOnlySpan<double> scores, ReadOnlySpan<double> labels)
    {
        double least = double.PositiveInfinity;
        double most = double.NegativeInfinity;
        foreach (double label in labels)
        {
            (least, most) = (Math.Min(least, label), Math.Max(most, label));
        }

        if (!(most > least))
        {
            return double.NaN;
        }

        double[] gains = new double[labels.Length];
        for (int i = 0; i < gains.Length; i++)
        {
            gains[i] = Math.Pow(2, (labels[i] - least) / (most - least)) - 1;
        }

        double[] given = scores.ToArray();
        int[] order = [.. Enumerable.Range(0, given.Length).OrderByDescending(i => given[i]).ThenBy(i => gains[i])];
        double found = 0;
        double best = 0;
        double[] sorted = [.. gains.OrderDescending()];
        for (int r = 0; r < order.Length; r++)
        {
            double discount = Math.Log2(r + 2);
            found += gains[order[r]] / discount;
            best += sorted[r] / discount;
        }

        return found / best;
    }

    /// <summary>
    /// Probability that a thing labelled 1 scores above one labelled 0, equal scores counting half: the area under the ROC curve, by ranks (Mann and Whitney,
    /// 1947). NaN where either label is missing.
    /// </summary>
    /// <param name="scores">Scores.</param>
    /// <param name="labels">1 or 0.</param>
    public static double AreaUnderCurve(ReadOnlySpan<double> scores, ReadOnlySpan<double> labels)
    {
        double[] ranks = Correlation.Ranks(scores);
        double sum = 0;
        double positives = 0;
        for (int i = 0; i < ranks.Length; i++)
        {
            sum += labels[i] > 0 ? ranks[i] : 0;
            positives += labels[i] > 0 ? 1 : 0;
        }

        return (sum - (positives * (positives + 1) / 2)) / (positives * (ranks.Length - positives));
    }

    private static PairCounts Count(ReadOnlySpan<double> scores, ReadOnlySpan<double> labels)
    {
        var counts = default(PairCounts);
        for (int i = 0; i < scores.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                int order = Math.Sign(labels[i] - labels[j]);
                int found = Math.Sign(scores[i] - scores[j]);
                counts.Concordant += order != 0 && order == found ? 1 : 0;
                counts.Discordant += order != 0 && order == -found ? 1 : 0;
                counts.TiedScores += order != 0 && found == 0 ? 1 : 0;
                counts.TiedLabels += order == 0 && found != 0 ? 1 : 0;
            }
        }

        return counts;
    }

    private struct PairCounts
    {
        public int Concordant;
        public int Discordant;
        public int TiedScores;
        public int TiedLabels;
    }
}
