namespace FastAlign.Alignment;

/// <summary>Loss of one pair and its derivatives.</summary>
/// <param name="Loss">Value, not yet divided by the number of pairs.</param>
/// <param name="DChosen">Derivative by <see cref="PairStatistics.Chosen"/>.</param>
/// <param name="DRejected">Derivative by <see cref="PairStatistics.Rejected"/>.</param>
public readonly record struct PairValue(double Loss, double DChosen, double DRejected);
