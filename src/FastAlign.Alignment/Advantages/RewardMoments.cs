namespace FastAlign.Alignment;

/// <summary>Mean and deviation of rewards; NaN, a completion that could not be scored, takes no part.</summary>
public static class RewardMoments
{
    /// <summary>Mean of the scored; NaN if there is none.</summary>
    public static double Mean(ReadOnlySpan<double> rewards)
    {
        double sum = 0;
        int count = 0;
        foreach (double reward in rewards)
        {
            if (!double.IsNaN(reward))
            {
                sum += reward;
                count++;
            }
        }

        return sum / count;
    }

    /// <summary>Standard deviation of the scored with n - 1 below; NaN if there are fewer than two.</summary>
    public static double Deviation(ReadOnlySpan<double> rewards)
    {
        double mean = Mean(rewards);
        double sum = 0;
        int count = 0;
        foreach (double reward in rewards)
        {
            if (!double.IsNaN(reward))
            {
                sum += (reward - mean) * (reward - mean);
                count++;
            }
        }

        return count < 2 ? double.NaN : Math.Sqrt(sum / (count - 1));
    }
}
