using FastAlign.Core;
using FastAlign.Kernels;

namespace FastAlign.Alignment;

/// <summary>Every loss by its name in TRL. A new one is a file beside these and a line here.</summary>
public static class LossCatalog
{
    /// <summary>Values of <c>loss_type</c> for <c>dpo</c>.</summary>
    public static IReadOnlyList<string> PairNames { get; } = ["sigmoid"];

    /// <summary>The paired loss called <paramref name="lossType"/>.</summary>
    /// <exception cref="InputException">No such loss, or an option outside its range.</exception>
    public static ILoss Pair(string lossType, DpoOptions options)
    {
        options.Validate();
        return new PairLoss(lossType switch
        {
            "sigmoid" => Sigmoid(options),
            _ => throw new InputException($"loss_type: expected one of {string.Join(", ", PairNames)}, found {lossType}"),
        });
    }

    /// <summary>TRL does not use <c>label_smoothing</c> in <c>sigmoid</c>; the original (cDPO) does.</summary>
    private static FormulaTerm<LogisticPair<Dual<ScalarDouble>>> Sigmoid(DpoOptions options)
    {
        bool isIgnored = options.Dialect == Dialect.Trl && options.LabelSmoothing > 0;
        return new("sigmoid", new(options.Beta, isIgnored ? 0 : options.LabelSmoothing), options.Beta, isIgnored
            ? [$"label_smoothing {options.LabelSmoothing} has no effect: dialect trl ignores it in loss_type sigmoid; dialect original uses it (cDPO)"]
            : []);
    }
}
