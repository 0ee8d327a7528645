using FastAlign.Core;
using FastAlign.Kernels;
using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>
/// A policy-gradient loss built from <see cref="PolicyParts"/>; serves PPO, GRPO and all their relatives. Advantages, old log-probs and
/// corrections come as columns; without old log-probs the policy itself is the old one, and the ratio is 1 with the gradient of log pi.
/// </summary>
/// <remarks>
/// A row of weight 0 takes no part, whatever its log-prob. Sums run in ascending row order. Losses whose masks depend on all rows of the step
/// (high entropy, covariance) must be shown all of them at once.
/// </remarks>
/// <param name="parts">How the loss is put together.</param>
public sealed class PolicyLoss(PolicyParts parts) : IStatefulLoss
{
    private Memory _memory = new() { Bonus = parts.Entropy };
    private bool _isEvaluation;
    private readonly PolicyRows _rows = new(parts);
    private readonly PolicyMetrics _metrics = new(parts);
    private readonly TokenTerm<AbsoluteLogRatio<Dual<ScalarDouble>>> _distance = new(default);
    private TokenValue[] _values = [];
    private TokenValue[] _kl = [];
    private TokenValue[] _penalty = [];
    private double[] _dLogRatio = [];

    public string Name => parts.Name;

    public bool NeedsReference => parts.Kl is not null;

    public bool IsCoupled => parts.IsCoupled;

    public ModelHeads Heads => HasEntropyTerm ? ModelHeads.LogProb | ModelHeads.Entropy : ModelHeads.LogProb;

    public IReadOnlyList<string> Warnings => parts.Warnings;

    private bool HasEntropyTerm => parts.Entropy is not null;

    /// <summary>The entropy bonus as it counts next, or null.</summary>
    public EntropyBonus? Entropy => _memory.Bonus;

    /// <summary>Coefficient of the entropy bonus and the entropy seen last, where the coefficient adapts; empty otherwise.</summary>
    public IReadOnlyList<double> State
    {
        get => Entropy is { Target: not null } bonus ? [bonus.Coefficient, bonus.LastEntropy] : [];
        set
        {
            if (value.Count != State.Count)
            {
                throw new InputException($"state of loss {Name}: expected {State.Count} numbers, found {value.Count}");
            }

            if (value.Count > 0)
            {
                _memory.Bonus = Entropy! with { Coefficient = value[0], LastEntropy = value[1] };
            }
        }
    }

    public ILoss ForEvaluation() => new PolicyLoss(parts) { _memory = _memory, _isEvaluation = true };

    public double Evaluate(in LossInputs inputs, StepCounts step, in LossGradients gradients, MetricAccumulator metrics)
    {
        Validate(inputs, gradients);
        Reserve(inputs.Rows, inputs.Sequences);
        _rows.Gather(inputs);
        gradients.LogProb.Clear();
        gradients.Entropy.Clear();
        if (parts.Kl is not null)
        {
            parts.Kl.Evaluate(_rows.Tokens, _kl);
        }

        double loss = parts.IsWhole ? Wholes(inputs, step, gradients.LogProb) : 0;
        loss += Tokens(inputs, step, gradients.LogProb);
        _metrics.Report(inputs, _rows, parts.Kl is null ? [] : _kl.AsSpan(0, inputs.Rows), metrics);
        return !HasEntropyTerm ? loss : loss - Bonus(inputs, step, loss, gradients.Entropy, metrics);
    }

    /// <summary>One surrogate per sequence, divided by the sequences of the step.</summary>
    private double Wholes(in LossInputs inputs, StepCounts step, Span<double> dLogProb)
    {
        parts.Surrogate.Evaluate(_rows.Sequences, _values);
        double denominator = Normalizer.Sequences.Denominator(step, 0);
        double loss = 0;
        for (int s = 0; s < inputs.Sequences; s++)
        {
            loss += _values[s].Value / denominator;
            _rows.SpreadWhole(inputs, s, _values[s].DLogRatio / denominator, dLogProb);
        }

        return loss;
    }

    /// <summary>What each token adds: its surrogate, unless sequences have one, its KL, its KL-Cov penalty.</summary>
    private double Tokens(in LossInputs inputs, StepCounts step, Span<double> dLogProb)
    {
        ReadOnlySpan<TokenValue> surrogate = parts.IsWhole ? [] : Surrogates(inputs.Rows);
        double loss = 0;
        for (int s = 0; s < inputs.Sequences; s++)
        {
            (int start, int end) = (inputs.RowStarts[s], inputs.RowStarts[s + 1]);
            double denominator = parts.Normalizer.Denominator(step, inputs.WeightOf(s));
            double sum = 0;
            for (int t = start; t < end; t++)
            {
                double weight = PolicyRows.Weight(inputs, t);
                TokenValue value = weight == 0 ? default : Total(t, surrogate.IsEmpty ? default : surrogate[t]);
                sum += weight * value.Value;
                dLogProb[t] += weight * value.DLogProb / denominator;
                _dLogRatio[t] = weight * value.DLogRatio / denominator;
            }

            loss += sum / denominator;
            if (!parts.IsWhole)
            {
                _rows.SpreadTokens(inputs, s, _dLogRatio.AsSpan(start, end - start), dLogProb);
            }
        }

        return loss;
    }

    private ReadOnlySpan<TokenValue> Surrogates(int rows)
    {
        parts.Surrogate.Evaluate(_rows.Tokens, _values);
        if (parts.Covariance is { Effect: CovarianceEffect.Penalize })
        {
            _distance.Evaluate(_rows.Tokens, _penalty);
        }

        return _values.AsSpan(0, rows);
    }

    private TokenValue Total(int t, in TokenValue surrogate)
    {
        double factor = _rows.Factor[t];
        TokenValue total = factor == 0 ? default : Scaled(surrogate, factor);
        if (parts.Kl is not null)
        {
            total = Sum(total, Scaled(_kl[t], parts.Beta));
        }

        return parts.Covariance is { Effect: CovarianceEffect.Penalize } rule && _rows.Chosen[t] ? Sum(total, Scaled(_penalty[t], rule.Penalty)) : total;
    }

    private static TokenValue Scaled(in TokenValue value, double factor) => new(factor * value.Value, factor * value.DLogProb, factor * value.DLogRatio);

    private static TokenValue Sum(in TokenValue a, in TokenValue b) => new(a.Value + b.Value, a.DLogProb + b.DLogProb, a.DLogRatio + b.DLogRatio);

    /// <summary><c>coefficient sum_t m_t H_t / sum_t m_t</c>; the denominator spans the step.</summary>
    private double Bonus(in LossInputs inputs, StepCounts step, double policyLoss, Span<double> dEntropy, MetricAccumulator metrics)
    {
        double sum = 0;
        double kept = 0;
        for (int t = 0; t < inputs.Rows; t++)
        {
            sum += _rows.Kept[t] == 0 ? 0 : _rows.Kept[t] * inputs.Entropy[t];
            kept += _rows.Kept[t];
        }

        // A loss with a high-entropy mask is shown the whole step, so the rows kept here are all that the step keeps.
        double scale = Entropy!.Applied / Math.Max(1, parts.TopEntropyShare < 1 ? kept : step.Tokens);
        for (int t = 0; t < inputs.Rows; t++)
        {
            dEntropy[t] = -scale * _rows.Kept[t];
        }

        if (!_isEvaluation && inputs.Rows > 0)
        {
            _memory.Bonus = Entropy.Next(PolicyMetrics.Mean(inputs, inputs.Entropy));
        }

        metrics.Add(Metric.PolicyLoss, policyLoss * step.Sequences, inputs.Sequences);
        metrics.Add(Metric.EntropyCoefficient, Entropy.Coefficient, 1);
        return scale * sum;
    }

    private void Validate(in LossInputs inputs, in LossGradients gradients)
    {
        inputs.Validate();
        gradients.Validate(inputs.Rows);
        bool needsEntropy = HasEntropyTerm || parts.TopEntropyShare < 1;
        Require(!needsEntropy || inputs.Rows == 0 || !inputs.Entropy.IsEmpty, "entropy", inputs.Rows);
        Require(!HasEntropyTerm || gradients.Entropy.Length == inputs.Rows, "gradient of entropy", inputs.Rows);
        Require(parts.Kl is null || inputs.Rows == 0 || !inputs.ReferenceLogProb.IsEmpty, "referenceLogProb", inputs.Rows);
        bool hasSequenceAdvantage = !inputs.Values(Column.SequenceAdvantage).IsEmpty;
        Require(hasSequenceAdvantage || (!parts.IsWhole && !inputs.Values(Column.Advantage).IsEmpty) || inputs.Sequences == 0, "sequence_advantage", inputs.Sequences);
    }

    private void Require(bool isGiven, string what, int expected)
    {
        if (!isGiven)
        {
            throw new ShapeException($"[{Name}] {what}: expected [{expected}], got [0]");
        }
    }

    private void Reserve(int rows, int sequences)
    {
        int length = Math.Max(rows, sequences);
        if (_values.Length < length)
        {
            (_values, _kl, _penalty, _dLogRatio) = (new TokenValue[length], new TokenValue[length], new TokenValue[length], new double[length]);
        }
    }

    /// <summary>What a loss and its view for evaluation share.</summary>
    private sealed class Memory
    {
        public EntropyBonus? Bonus { get; set; }
    }
}
