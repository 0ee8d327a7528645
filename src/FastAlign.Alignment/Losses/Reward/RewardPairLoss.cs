using FastAlign.Kernels;
using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>
/// A loss of pairs of scores: <c>sum_p w_p L(r_c, r_r) / P</c>, P the pairs of the whole optimizer step. The formula is evaluated on dual numbers, once
/// along each side, which gives value and derivatives.
/// </summary>
/// <remarks>Metrics: those of TRL's RewardTrainer, on the scores as they are; of a cost model, the chosen (safer) side is in order when its cost is the lower one.</remarks>
/// <param name="name">Value of <c>loss_type</c>.</param>
/// <param name="formula">The formula in double.</param>
/// <typeparam name="TFormula">The formula.</typeparam>
public sealed class RewardPairLoss<TFormula>(string name, TFormula formula) : ILoss
    where TFormula : struct, IRewardPairFormula<Dual<ScalarDouble>>
{
    public string Name => name;

    public bool NeedsReference => false;

    public ModelHeads Heads => ModelHeads.Score;

    public IReadOnlyList<string> Warnings => [];

    public double Evaluate(in LossInputs inputs, StepCounts step, in LossGradients gradients, MetricAccumulator metrics)
    {
        SequenceScores.Validate(name, inputs, step, gradients);
        SequenceScores.ValidatePairs(name, inputs);
        gradients.Scores.Clear();
        ReadOnlySpan<double> weights = inputs.Values(Column.ExampleWeight);
        double sum = 0;
        for (int pair = 0; pair < inputs.Sequences / 2; pair++)
        {
            double weight = SequenceScores.Of(weights, pair, 1);
            Dual<ScalarDouble> alongChosen = formula.Loss(Pair(inputs, pair, 1, 0));
            Dual<ScalarDouble> alongRejected = formula.Loss(Pair(inputs, pair, 0, 1));
            sum += weight * alongChosen.Value.Value;
            gradients.Scores[SequenceScores.Index(inputs, 2 * pair)] = weight * alongChosen.Slope.Value / step.Examples;
            gradients.Scores[SequenceScores.Index(inputs, (2 * pair) + 1)] = weight * alongRejected.Slope.Value / step.Examples;
        }

        RewardMetrics.Range(inputs, metrics);
        RewardMetrics.Pairs(inputs, metrics);
        return sum / step.Examples;
    }

    private static RewardPair<Dual<ScalarDouble>> Pair(in LossInputs inputs, int pair, double chosenSlope, double rejectedSlope)
    {
        ReadOnlySpan<double> safe = inputs.Values(Column.Safe);
        return new RewardPair<Dual<ScalarDouble>>
        {
            Chosen = new(new ScalarDouble(SequenceScores.Of(inputs, 2 * pair)), new ScalarDouble(chosenSlope)),
            Rejected = new(new ScalarDouble(SequenceScores.Of(inputs, (2 * pair) + 1)), new ScalarDouble(rejectedSlope)),
            Margin = Dual<ScalarDouble>.Constant(SequenceScores.Of(inputs.Values(Column.Margin), pair, 0)),
            Label = Dual<ScalarDouble>.Constant(SequenceScores.Of(inputs.Values(Column.SoftLabel), pair, 1)),
            ChosenSign = Dual<ScalarDouble>.Constant(Sign(SequenceScores.Of(safe, 2 * pair, 1))),
            RejectedSign = Dual<ScalarDouble>.Constant(Sign(SequenceScores.Of(safe, (2 * pair) + 1, 1))),
        };
    }

    /// <summary>1 for a harmful completion, -1 for a safe one.</summary>
    private static double Sign(double safe) => safe > 0 ? -1 : 1;
}
