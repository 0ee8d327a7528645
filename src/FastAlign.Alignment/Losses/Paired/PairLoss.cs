using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>
/// A paired sequence loss: statistics of both sides by a <see cref="PairReading"/>, then the formulas per pair, <c>loss = sum_i W_i sum_k w_k term_k(pair_i) / P</c>,
/// then <c>dLogp_t = w_t dStat</c>, with P the pairs of the whole optimizer step; beside it, where there is one, a <see cref="Likelihood"/> with its own
/// denominator over the step. Serves every paired loss; what is particular to one is its <see cref="PairDesign"/>.
/// </summary>
/// <remarks>Metrics: those of TRL's DPOTrainer, see <see cref="Metric"/>; rewards are <c>beta (log pi - log ref)</c> whatever the formula.</remarks>
/// <param name="design">What it is made of.</param>
public sealed class PairLoss(PairDesign design) : IStatefulLoss
{
    private readonly RunningMoments? _moments = design.Terms.Select(weighted => weighted.Term).OfType<RunningShiftTerm>().FirstOrDefault()?.Moments;
    private readonly bool _isSorted = design.Terms.Any(weighted => weighted.Term is SortedTerm);
    private PairStatistics[] _pairs = [];
    private PairValue[] _values = [];
    private PairValue[] _totals = [];

    public string Name => design.Name;

    public bool NeedsReference => design.NeedsReference;

    public IReadOnlyList<string> Warnings => design.Warnings;

    public bool IsCoupled { get; } = design.Terms.Any(weighted => weighted.Term.IsCoupled);

    /// <summary>The running mean of bco_pair in dialect llama-factory; of other losses nothing.</summary>
    public IReadOnlyList<double> State
    {
        get => _moments?.Save() ?? [];
        set
        {
            if (_moments is not null)
            {
                _moments.Restore(value);
            }
            else if (value.Count > 0)
            {
                throw new InputException($"[{Name}] state: expected none, found {value.Count} numbers");
            }
        }
    }

    public ILoss ForEvaluation() => _moments is null
        ? this
        : new PairLoss(design with { Terms = [.. design.Terms.Select(weighted => weighted.Term is RunningShiftTerm running ? weighted with { Term = running.Freeze() } : weighted)] });

    public double Evaluate(in LossInputs inputs, StepCounts step, in LossGradients gradients, MetricAccumulator metrics)
    {
        int p = Validate(inputs, step);
        gradients.Validate(inputs.Rows);
        Reserve(p);
        Span<PairStatistics> pairs = _pairs.AsSpan(0, p);
        for (int i = 0; i < p; i++)
        {
            pairs[i] = design.Reading.Gather(inputs, i, NeedsReference);
        }

        EvaluateTerms(pairs);
        gradients.LogProb.Clear();
        gradients.Entropy.Clear();
        double denominator = step.Examples;
        double sum = 0;
        for (int i = 0; i < p; i++)
        {
            PairValue value = pairs[i].Weight * _totals[i];
            sum += value.Loss;
            design.Reading.Spread(inputs, i, value.DChosen / denominator, value.DRejected / denominator, gradients.LogProb);
        }

        double loss = sum / denominator;
        if (design.Likelihood is { } likelihood)
        {
            loss += AddLikelihood(likelihood, inputs, step, gradients.LogProb, metrics);
        }

        PairMetrics.Report(inputs, pairs, design, metrics);
        design.Report?.Report(inputs, pairs, metrics);
        return loss;
    }

    private int Validate(in LossInputs inputs, StepCounts step)
    {
        inputs.Validate();
        int k = design.Reading.SequencesPerExample;
        int examples = inputs.Sequences / k;
        if (inputs.Sequences % k != 0 || step.Sequences % k != 0 || step.Sequences < inputs.Sequences || step.Examples < examples)
        {
            throw new ShapeException($"[{Name}] sequences: expected pairs of {k} sequences, at most as many as in the step, got {inputs.Sequences} of {step.Sequences}");
        }

        foreach (int start in inputs.ExampleStarts)
        {
            if (start % k != 0)
            {
                throw new ShapeException($"[{Name}] exampleStarts: expected {k} sequences per example, got one that begins at {start}");
            }
        }

        if (_isSorted && !inputs.Values(Column.ExampleWeight).IsEmpty)
        {
            throw new InputException($"{Column.ExampleWeight.Name}: expected rows without it for loss_type {Name}, which compares pairs with each other");
        }

        if (NeedsReference && inputs.ReferenceLogProb.IsEmpty && inputs.Rows > 0)
        {
            throw new ShapeException($"[{Name}] referenceLogProb: expected [{inputs.Rows}], got [0]");
        }

        return examples;
    }

    private void Reserve(int pairs)
    {
        if (_pairs.Length < pairs)
        {
            (_pairs, _values, _totals) = (new PairStatistics[pairs], new PairValue[pairs], new PairValue[pairs]);
        }
    }

    private void EvaluateTerms(ReadOnlySpan<PairStatistics> pairs)
    {
        Span<PairValue> values = _values.AsSpan(0, pairs.Length);
        _totals.AsSpan(0, pairs.Length).Clear();
        for (int k = 0; k < design.Terms.Count; k++)
        {
            (IPairTerm term, double weight) = design.Terms[k];
            term.Evaluate(pairs, values);
            for (int i = 0; i < values.Length; i++)
            {
                _totals[i] += weight * values[i];
            }
        }
    }

    private double AddLikelihood(Likelihood likelihood, in LossInputs inputs, StepCounts step, Span<double> dLogProb, MetricAccumulator metrics)
    {
        double scale = likelihood.Weight / likelihood.Denominator(step);
        double weighted = 0;
        double plain = 0;
        long tokens = 0;
        int k = design.Reading.SequencesPerExample;
        for (int s = 0; s < inputs.Sequences; s++)
        {
            int example = s / k;
            bool isChosen = s == design.Reading.Chosen(inputs, example);
            bool isIn = likelihood.Rows switch
            {
                LikelihoodRows.Chosen => isChosen,
                LikelihoodRows.Anchor => s % k == 2,
                LikelihoodRows.ChosenAndAnchor => isChosen || s % k == 2,
                _ => s % k < 2,
            };
            if (isIn)
            {
                double weight = inputs.Values(Column.ExampleWeight) is { IsEmpty: false } weights ? weights[example] : 1;
                double nll = likelihood.Add(inputs, s, scale * weight, dLogProb);
                weighted += weight * nll;
                plain += nll;
                tokens += inputs.RowStarts[s + 1] - inputs.RowStarts[s];
            }
        }

        if (design.IsLikelihoodReported)
        {
            metrics.Add(PairMetrics.NllLoss, likelihood.Weight == 0 ? 0 : plain, likelihood.Average == LikelihoodAverage.Tokens ? tokens : inputs.Sequences / k);
        }

        return scale * weighted;
    }
}
