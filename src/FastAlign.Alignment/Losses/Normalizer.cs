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
        Sequences,
        Fixed,
    }

    private readonly Kind _kind;
    private readonly double _value;

    private Normalizer(Kind kind, double value = 0) => (_kind, _value) = (kind, value);

    /// <summary>Scored tokens of the step, at least 1: every token weighs the same. The default, and TRL's.</summary>
    public static Normalizer Tokens => new(Kind.Tokens);

    /// <summary>Sequences of the step, at least 1: a long sequence weighs more than a short one.</summary>
    public static Normalizer Sequences => new(Kind.Sequences);

    /// <summary>A constant.</summary>
    /// <exception cref="InputException">Not a finite number above 0.</exception>
    public static Normalizer Fixed(double value) => double.IsFinite(value) && value > 0
        ? new Normalizer(Kind.Fixed, value)
        : throw new InputException($"normalizer: expected a finite number above 0, found {value}");

    /// <summary>The denominator of a step.</summary>
    public double Denominator(StepCounts step) => _kind switch
    {
        Kind.Tokens => Math.Max(1, step.Tokens),
        Kind.Sequences => Math.Max(1, step.Sequences),
        _ => _value,
    };
}
