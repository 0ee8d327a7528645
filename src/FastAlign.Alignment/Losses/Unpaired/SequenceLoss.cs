using FastAlign.Core;
using FastAlign.Kernels;

namespace FastAlign.Alignment;

/// <summary>
/// A loss of completions that are judged one by one: <c>h = sum_t w_t (log pi - log ref)</c>, a baseline, a formula, then
/// <c>dLogp_t = w_t dLoss/dh weight / E</c> with E the completions of the whole optimizer step. The first sequence of an example is the completion; a second
/// one, where the baseline needs it, is a completion of another prompt that is scored but gets no gradient.
/// </summary>
/// <remarks>
/// Reads <see cref="Column.Label"/> or <see cref="Column.Reward"/>, and <see cref="Column.ExampleWeight"/> where there are any. Rows of weight 0 take no part.
/// Metrics: those of TRL's KTOTrainer; a class without completions is not reported.
/// </remarks>
/// <typeparam name="TFormula">The formula.</typeparam>
public sealed class SequenceLoss<TFormula> : IStatefulLoss
    where TFormula : struct, ISequenceFormula<Dual<ScalarDouble>>
{
    private readonly TFormula _formula;
    private readonly ISequenceBaseline _baseline;
    private readonly SequenceWeights _weights;
    private readonly double _beta;
    private SequenceStatistics[] _completions = [];
    private double[] _baselines = [];

    /// <param name="name">As in TRL's <c>loss_type</c> where TRL has it.</param>
    /// <param name="formula">Loss of one completion.</param>
    /// <param name="baseline">What it is compared with.</param>
    /// <param name="weights">Factors by class.</param>
    /// <param name="beta">Inverse temperature of the rewards that are reported.</param>
    public SequenceLoss(string name, TFormula formula, ISequenceBaseline baseline, SequenceWeights weights, double beta)
    {
        (Name, _formula, _baseline, _weights, _beta) = (name, formula, baseline, weights, beta);
    }

    public string Name { get; }

    public bool NeedsReference => true;

    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Whether the rows of the whole step must be shown at once.</summary>
    public bool IsCoupled => _baseline.IsCoupled;

    /// <summary>BCO's running mean; of other losses nothing.</summary>
    public IReadOnlyList<double> State
    {
        get => _baseline is RunningReward running ? running.Moments.Save() : [];
        set
        {
            if (_baseline is RunningReward running)
            {
                running.Moments.Restore(value);
            }
            else if (value.Count > 0)
            {
                throw new InputException($"[{Name}] state: expected none, found {value.Count} numbers");
            }
        }
    }

    public ILoss ForEvaluation() => _baseline is RunningReward running
        ? new SequenceLoss<TFormula>(Name, _formula, new RunningReward(_beta, running.Moments, isFrozen: true), _weights, _beta)
        : this;

    public double Evaluate(in LossInputs inputs, StepCounts step, in LossGradients gradients, MetricAccumulator metrics)
    {
        Validate(inputs, step);
        gradients.Validate(inputs.Rows);
        int e = inputs.Examples;
        if (_completions.Length < e)
        {
            (_completions, _baselines) = (new SequenceStatistics[e], new double[e]);
        }

        Span<SequenceStatistics> completions = _completions.AsSpan(0, e);
        Span<double> baselines = _baselines.AsSpan(0, e);
        for (int i = 0; i < e; i++)
        {
            completions[i] = Gather(inputs, i);
        }

        _baseline.Evaluate(completions, baselines, metrics);
        gradients.LogProb.Clear();
        gradients.Entropy.Clear();
        double denominator = Math.Max(1, step.Examples);
        double sum = 0;
        for (int i = 0; i < e; i++)
        {
            Dual<ScalarDouble> loss = _formula.Loss(Lanes(completions[i], baselines[i]));
            sum += completions[i].Weight * loss.Value.Value;
            SequenceRows.Spread(inputs, SequenceRows.First(inputs, i), completions[i].Weight * loss.Slope.Value / denominator, gradients.LogProb);
        }

        UnpairedReport.Rewards(completions, _beta, metrics);
        UnpairedReport.Tokens(inputs, completions, metrics);
        return sum / denominator;
    }

    private static Sequence<Dual<ScalarDouble>> Lanes(in SequenceStatistics completion, double baseline) => new()
    {
        LogRatio = Dual<ScalarDouble>.Variable(new ScalarDouble(completion.LogRatio)),
        Label = Dual<ScalarDouble>.Constant(completion.Label),
        Reward = Dual<ScalarDouble>.Constant(completion.Reward),
        Baseline = Dual<ScalarDouble>.Constant(baseline),
    };

    private SequenceStatistics Gather(in LossInputs inputs, int example)
    {
        int s = SequenceRows.First(inputs, example);
        ReadOnlySpan<double> labels = inputs.Values(Column.Label);
        ReadOnlySpan<double> rewards = inputs.Values(Column.Reward);
        double label = labels.IsEmpty ? (rewards[s] > 0 ? 1 : 0) : labels[s];
        bool hasMismatched = SequenceRows.First(inputs, example + 1) > s + 1;
        return new SequenceStatistics(SequenceRows.Sum(inputs, inputs.LogProb, s), SequenceRows.Sum(inputs, inputs.ReferenceLogProb, s))
        {
            Label = label,
            Reward = rewards.IsEmpty ? (2 * label) - 1 : rewards[s],
            Weight = _weights.Of(inputs, s, label) * SequenceRows.Of(inputs.Values(Column.ExampleWeight), example, 1),
            Value = SequenceRows.Of(inputs.Values(Column.Value), s, double.NaN),
            MismatchedLogRatio = hasMismatched
                ? SequenceRows.Sum(inputs, inputs.LogProb, s + 1) - SequenceRows.Sum(inputs, inputs.ReferenceLogProb, s + 1)
                : double.NaN,
        };
    }

    private void Validate(in LossInputs inputs, StepCounts step)
    {
        inputs.Validate();
        if (inputs.ReferenceLogProb.IsEmpty && inputs.Rows > 0)
        {
            throw new ShapeException($"[{Name}] referenceLogProb: expected [{inputs.Rows}], got [0]");
        }

        if (inputs.Values(Column.Label).IsEmpty && inputs.Values(Column.Reward).IsEmpty && inputs.Sequences > 0)
        {
            throw new ShapeException($"[{Name}] label or reward: expected [{inputs.Sequences}], got [0]");
        }

        if (step.Examples < inputs.Examples)
        {
            throw new ShapeException($"[{Name}] examples: expected at most {step.Examples}, the examples of the step, got {inputs.Examples}");
        }

        int needed = _baseline.NeedsMismatched ? 2 : 1;
        for (int i = 0; i < inputs.Examples; i++)
        {
            int sequences = SequenceRows.First(inputs, i + 1) - SequenceRows.First(inputs, i);
            if (sequences < needed)
            {
                throw new ShapeException($"[{Name}] sequences of example {i}: expected {needed}, got {sequences}");
            }
        }
    }
}
