using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>Options of the DPO family, named as in TRL's <c>DPOConfig</c>.</summary>
public sealed record DpoOptions
{
    /// <summary>Inverse temperature of the implicit reward, above 0. <c>beta</c></summary>
    public double Beta { get; init; } = 0.1;

    /// <summary>Probability that a preference label is wrong, in [0, 0.5). <c>label_smoothing</c></summary>
    public double LabelSmoothing { get; init; }

    /// <summary>Whose reading of the formulas. <c>dialect</c></summary>
    public Dialect Dialect { get; init; } = Dialect.Trl;

    /// <exception cref="InputException">An option is outside its range.</exception>
    public void Validate()
    {
        if (!double.IsFinite(Beta) || Beta <= 0)
        {
            throw new InputException($"beta: expected a finite number above 0, found {Beta}");
        }

        if (LabelSmoothing is not (>= 0 and < 0.5))
        {
            throw new InputException($"label_smoothing: expected a number in [0, 0.5), found {LabelSmoothing}");
        }
    }
}
