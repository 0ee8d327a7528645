using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>Every loss by its name in TRL. A new one is a file beside these and a line here.</summary>
public static class LossCatalog
{
    /// <summary>Values of <c>loss_type</c> for <c>dpo</c>.</summary>
    public static IReadOnlyList<string> PairNames { get; } = ["sigmoid"];

    /// <summary>The paired loss called <paramref name="lossType"/>.</summary>
    /// <exception cref="InputException">No such loss, or an option outside its range.</exception>
    public static ILoss Pair(string lossType, DpoOptions options) => new PairLoss(lossType switch
    {
        "sigmoid" => new SigmoidTerm(options),
        _ => throw new InputException($"loss_type: expected one of {string.Join(", ", PairNames)}, found {lossType}"),
    });
}
