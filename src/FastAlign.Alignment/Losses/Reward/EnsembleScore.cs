using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>How the scores of an ensemble become one.</summary>
public enum EnsembleRule
{
    /// <summary><c>mean_k r_k</c></summary>
    Mean,

    /// <summary><c>min_k r_k</c>: the worst case.</summary>
    Min,

    /// <summary><c>mean_k r_k - std_k r_k</c>, the deviation over N.</summary>
    MeanMinusStd,
}

/// <summary>Evaluates a loss of single scores on those of an ensemble put together; for evaluation only, it has no gradient.</summary>
/// <param name="inner">The loss.</param>
/// <param name="members">N scores a row.</param>
/// <param name="rule">How they become one.</param>
public sealed class EnsembleScore(ILoss inner, int members, EnsembleRule rule) : ILoss
{
    public string Name => inner.Name;

    public bool NeedsReference => false;

    public bool IsCoupled => inner.IsCoupled;

    public ModelHeads Heads => ModelHeads.Score;

    public IReadOnlyList<string> Warnings => inner.Warnings;

    public double Evaluate(in LossInputs inputs, StepCounts step, in LossGradients gradients, MetricAccumulator metrics)
    {
        gradients.ValidateScores(inputs.Rows, members);
        gradients.Scores.Clear();
        double[] scores = new double[inputs.Rows];
        for (int t = 0; t < scores.Length; t++)
        {
            scores[t] = EnsembleReward.Of(inputs.Scores.Slice(t * members, members), rule);
        }

        var own = new LossInputs
        {
            LogProb = [],
            RowStarts = inputs.RowStarts,
            ExampleStarts = inputs.ExampleStarts,
            Scores = scores,
            Labels = 1,
            Columns = inputs.Columns,
        };
        return inner.Evaluate(own, step, new LossGradients { LogProb = [], Scores = new double[scores.Length] }, metrics);
    }
}
