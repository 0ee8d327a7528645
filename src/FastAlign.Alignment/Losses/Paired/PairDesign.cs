using FastAlign.Kernels;

namespace FastAlign.Alignment;

/// <summary>What a paired loss is made of: <see cref="PairLoss"/> runs it.</summary>
public sealed record PairDesign
{
    /// <summary>Name as in TRL's <c>loss_type</c>; several are joined by <c>+</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Inverse temperature: reported rewards are <c>Beta</c> times log-ratios.</summary>
    public required double Beta { get; init; }

    /// <summary>What the reported reward is <c>Beta</c> times, if it is not the log-ratio itself.</summary>
    public IScore<ScalarDouble>? RewardScore { get; init; }

    /// <summary>Formulas and their weights; the loss of a pair is their weighted sum.</summary>
    public required IReadOnlyList<WeightedPairTerm> Terms { get; init; }

    /// <summary>Whether the formulas compare the policy with a reference.</summary>
    public bool NeedsReference { get; init; } = true;

    /// <summary>How rows become statistics.</summary>
    public PairReading Reading { get; init; } = PairReading.Sums;

    /// <summary>A negative log-likelihood beside the formulas, or null.</summary>
    public Likelihood? Likelihood { get; init; }

    /// <summary>Whether <see cref="PairMetrics.NllLoss"/> is reported.</summary>
    public bool IsLikelihoodReported { get; init; }

    /// <summary>Figures of this loss beside those of all paired losses, or null.</summary>
    public IPairReport? Report { get; init; }

    /// <summary>Options set but not used in this dialect.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}

/// <summary>A formula and its factor in a mixture.</summary>
/// <param name="Term">The formula.</param>
/// <param name="Weight">Its factor. <c>loss_weights</c></param>
public readonly record struct WeightedPairTerm(IPairTerm Term, double Weight = 1);

/// <summary>Reports what is particular to one paired loss.</summary>
public interface IPairReport
{
    /// <summary>Adds this micro-batch's figures.</summary>
    /// <param name="inputs">Its rows.</param>
    /// <param name="pairs">[P] its statistics.</param>
    /// <param name="metrics">Receives them.</param>
    void Report(in LossInputs inputs, ReadOnlySpan<PairStatistics> pairs, MetricAccumulator metrics);
}
