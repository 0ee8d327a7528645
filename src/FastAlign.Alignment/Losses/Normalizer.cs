using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>
/// What a sum over tokens is divided by. The denominator spans the whole optimizer step, so that the gradient does not depend on how the step was cut
/// into micro-batches.
/// </summary>
public readonly record struct Normalizer
{
    private enum Kind
    {
        Tokens,
        RolloutTokens,
        Sequences,
        SequenceMeans,
        SequencesTimes,
        Fixed,
    }

    private readonly Kind _kind;
    private readonly double _value;

    private Normalizer(Kind kind, double value = 0) => (_kind, _value) = (kind, value);

    /// <summary>Scored tokens of the step, at least 1: every token weighs the same. The default, and TRL's for fine-tuning; of policy losses, bnpo.</summary>
    public static Normalizer Tokens => new(Kind.Tokens);

    /// <summary>
    /// Tokens that the step would have if its rollouts had the mean length of their rollout batch (<see cref="StepCounts.RolloutTokens"/>), at least 1:
    /// every token of a rollout batch weighs the same, in whichever step it comes (dapo).
    /// </summary>
    public static Normalizer RolloutTokens => new(Kind.RolloutTokens);

    /// <summary>Sequences of the step, at least 1: a long sequence weighs more than a short one (luspo; verl's seq-mean-token-sum).</summary>
    public static Normalizer Sequences => new(Kind.Sequences);

    /// <summary>Tokens of the sequence times sequences of the step: the mean over sequences of token means, every sequence weighs the same (grpo).</summary>
    public static Normalizer SequenceMeans => new(Kind.SequenceMeans);

    /// <summary>Sequences of the step times a constant length (dr_grpo; verl's seq-mean-token-sum-norm).</summary>
    /// <exception cref="InputException">Not a finite number above 0.</exception>
    public static Normalizer SequencesTimes(double length) => new(Kind.SequencesTimes, Positive(length));

    /// <summary>A constant.</summary>
    /// <exception cref="InputException">Not a finite number above 0.</exception>
    public static Normalizer Fixed(double value) => new(Kind.Fixed, Positive(value));

    /// <summary>The aggregation called <paramref name="name"/> in verl's <c>loss_agg_mode</c>.</summary>
    /// <param name="name">token-mean, rollout-token-mean, seq-mean-token-mean, seq-mean-token-sum or seq-mean-token-sum-norm.</param>
    /// <param name="length">What the last one divides by beside the sequences.</param>
    /// <exception cref="InputException">No such aggregation.</exception>
    public static Normalizer Parse(string name, double length) => name switch
    {
        "token-mean" => Tokens,
        "rollout-token-mean" => RolloutTokens,
        "seq-mean-token-mean" => SequenceMeans,
        "seq-mean-token-sum" => Sequences,
        "seq-mean-token-sum-norm" => SequencesTimes(length),
        _ => throw new InputException(
            $"loss_agg_mode: expected token-mean, rollout-token-mean, seq-mean-token-mean, seq-mean-token-sum or seq-mean-token-sum-norm, found {name}"),
    };

    /// <summary>The denominator of the tokens of one sequence.</summary>
    /// <param name="step">Counts of the step.</param>
    /// <param name="sequenceTokens">Scored tokens of the sequence, masked ones not counted; matters under <see cref="SequenceMeans"/> only.</param>
    public double Denominator(StepCounts step, double sequenceTokens = 1) => _kind switch
    {
        Kind.Tokens => Math.Max(1, step.Tokens),
        Kind.RolloutTokens => Math.Max(1, step.RolloutTokens ?? step.Tokens),
        Kind.Sequences => Math.Max(1, step.Sequences),
        Kind.SequenceMeans => Math.Max(1, step.Sequences) * Math.Max(1, sequenceTokens),
        Kind.SequencesTimes => Math.Max(1, step.Sequences) * _value,
        _ => _value,
    };

    private static double Positive(double value) => double.IsFinite(value) && value > 0
        ? value
        : throw new InputException($"normalizer: expected a finite number above 0, found {value}");
}
