namespace FastAlign.Alignment;

/// <summary>What TRL's RewardTrainer logs.</summary>
internal static class RewardMetrics
{
    /// <summary>Least, mean and greatest score of the sequences.</summary>
    public static void Range(in LossInputs inputs, MetricAccumulator metrics)
    {
        double least = double.PositiveInfinity;
        double most = double.NegativeInfinity;
        double sum = 0;
        for (int s = 0; s < inputs.Sequences; s++)
        {
            double score = SequenceScores.Of(inputs, s);
            (least, most, sum) = (Math.Min(least, score), Math.Max(most, score), sum + score);
        }

        int any = Math.Min(1, inputs.Sequences);
        metrics.Add(Metric.MinReward, least, any);
        metrics.Add(Metric.MeanReward, sum, inputs.Sequences);
        metrics.Add(Metric.MaxReward, most, any);
    }

    /// <summary>Share of pairs in order, and mean difference.</summary>
    public static void Pairs(in LossInputs inputs, MetricAccumulator metrics)
    {
        double correct = 0;
        double margin = 0;
        for (int s = 0; s < inputs.Sequences; s += 2)
        {
            double difference = SequenceScores.Of(inputs, s) - SequenceScores.Of(inputs, s + 1);
            correct += difference > 0 ? 1 : 0;
            margin += difference;
        }

        metrics.Add(Metric.Accuracy, correct, inputs.Sequences / 2);
        metrics.Add(Metric.Margin, margin, inputs.Sequences / 2);
    }
}
