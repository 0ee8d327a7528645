using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>Options of <see cref="AdamW"/>; the defaults are those of the Hugging Face Trainer (<c>optim="adamw_torch"</c>).</summary>
public sealed record AdamWOptions
{
    /// <summary>Decay of the first moment, in [0, 1). <c>adam_beta1</c></summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the second moment, in [0, 1). <c>adam_beta2</c></summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the root of the second moment; at least 0. <c>adam_epsilon</c></summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Decoupled decay of the parameters whose <see cref="Models.ParameterSpec.Decays"/> is set; at least 0. <c>weight_decay</c></summary>
    public double WeightDecay { get; init; }

    /// <exception cref="InputException">An option is outside its range.</exception>
    public void Validate()
    {
        Require(Beta1 is >= 0 and < 1, "adam_beta1", "a number in [0, 1)", Beta1);
        Require(Beta2 is >= 0 and < 1, "adam_beta2", "a number in [0, 1)", Beta2);
        Require(Epsilon >= 0 && double.IsFinite(Epsilon), "adam_epsilon", "a finite number of at least 0", Epsilon);
        Require(WeightDecay >= 0 && double.IsFinite(WeightDecay), "weight_decay", "a finite number of at least 0", WeightDecay);
    }

    private static void Require(bool holds, string option, string expected, double found)
    {
        if (!holds)
        {
            throw new InputException($"{option}: expected {expected}, found {found}");
        }
    }
}
