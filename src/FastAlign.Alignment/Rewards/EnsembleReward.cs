using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>
/// One reward from several reward models, against over-optimisation of any one of them (Coste et al., "Reward model ensembles help mitigate
/// overoptimization", 2023). Members should be on one scale: of equal mean and spread on the same completions.
/// </summary>
public static class EnsembleReward
{
    /// <summary><c>mean_k r_k</c></summary>
    public static double Mean(ReadOnlySpan<double> rewards)
    {
        Require(rewards);
        double sum = 0;
        foreach (double reward in rewards)
        {
            sum += reward;
        }

        return sum / rewards.Length;
    }

    /// <summary><c>min_k r_k</c>: worst-case optimisation.</summary>
    public static double WorstCase(ReadOnlySpan<double> rewards)
    {
        Require(rewards);
        double least = rewards[0];
        foreach (double reward in rewards)
        {
            least = Math.Min(least, reward);
        }

        return least;
    }

    /// <summary><c>mean_k r_k - lambda (1/K) sum_k (r_k - mean)^2</c>: uncertainty-weighted optimisation, equation 4.</summary>
    /// <param name="rewards">[K]</param>
    /// <param name="penalty">lambda, at least 0, in 1/unit of the reward.</param>
    /// <exception cref="InputException">The penalty is below 0 or not finite.</exception>
    public static double UncertaintyPenalized(ReadOnlySpan<double> rewards, double penalty)
    {
        if (!double.IsFinite(penalty) || penalty < 0)
        {
            throw new InputException($"uncertainty_penalty: expected a finite number of at least 0, found {penalty}");
        }

        double mean = Mean(rewards);
        return mean - (penalty * Variance(rewards, mean));
    }

    /// <summary><c>mean_k r_k - sqrt((1/K) sum_k (r_k - mean)^2)</c></summary>
    public static double MeanMinusDeviation(ReadOnlySpan<double> rewards)
    {
        double mean = Mean(rewards);
        return mean - Math.Sqrt(Variance(rewards, mean));
    }

    /// <summary>The reward by a rule.</summary>
    public static double Of(ReadOnlySpan<double> rewards, EnsembleRule rule) => rule switch
    {
        EnsembleRule.Mean => Mean(rewards),
        EnsembleRule.Min => WorstCase(rewards),
        _ => MeanMinusDeviation(rewards),
    };

    private static double Variance(ReadOnlySpan<double> rewards, double mean)
    {
        double squares = 0;
        foreach (double reward in rewards)
        {
            squares += (reward - mean) * (reward - mean);
        }

        return squares / rewards.Length;
    }

    private static void Require(ReadOnlySpan<double> rewards)
    {
        if (rewards.IsEmpty)
        {
            throw new ShapeException("[ensemble] rewards: expected at least one, got [0]");
        }
    }
}
