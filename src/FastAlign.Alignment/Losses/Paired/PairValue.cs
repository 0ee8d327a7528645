namespace FastAlign.Alignment;

/// <summary>Loss of one pair and its derivatives.</summary>
/// <param name="Loss">Value, not yet divided by the number of pairs.</param>
/// <param name="DChosen">Derivative by <see cref="PairStatistics.Chosen"/>.</param>
/// <param name="DRejected">Derivative by <see cref="PairStatistics.Rejected"/>.</param>
public readonly record struct PairValue(double Loss, double DChosen, double DRejected)
{
    public static PairValue operator +(PairValue left, PairValue right) =>
        new(left.Loss + right.Loss, left.DChosen + right.DChosen, left.DRejected + right.DRejected);

    public static PairValue operator *(double factor, PairValue value) => new(factor * value.Loss, factor * value.DChosen, factor * value.DRejected);
}
