namespace FastAlign.Alignment;

/// <summary>
/// Statistics of one pair: <c>sum_t w_t logp_t</c> of each side under policy and reference, nats, the weights by <see cref="PairReading"/>.
/// </summary>
/// <param name="Chosen">Policy, chosen.</param>
/// <param name="Rejected">Policy, rejected.</param>
/// <param name="ReferenceChosen">Reference, chosen; 0 without a reference.</param>
/// <param name="ReferenceRejected">Reference, rejected; 0 without a reference.</param>
/// <param name="ChosenRows">Scored rows of the chosen sequence that are not masked.</param>
/// <param name="RejectedRows">Scored rows of the rejected sequence that are not masked.</param>
public readonly record struct PairStatistics(double Chosen, double Rejected, double ReferenceChosen, double ReferenceRejected, int ChosenRows, int RejectedRows)
{
    /// <summary>See <see cref="Column.Margin"/>.</summary>
    public double Margin { get; init; }

    /// <summary>See <see cref="Column.SoftLabel"/>.</summary>
    public double Label { get; init; } = 1;

    /// <summary>Factor of the pair's loss: <see cref="Column.ExampleWeight"/>, times <see cref="PairReading.IsProbabilityWeighted"/>'s.</summary>
    public double Weight { get; init; } = 1;

    /// <summary><c>c = log pi(chosen) - log ref(chosen)</c></summary>
    public double ChosenLogRatio => Chosen - ReferenceChosen;

    /// <summary><c>r = log pi(rejected) - log ref(rejected)</c></summary>
    public double RejectedLogRatio => Rejected - ReferenceRejected;
}
