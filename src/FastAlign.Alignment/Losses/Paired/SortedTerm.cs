using FastAlign.Kernels;

namespace FastAlign.Alignment;

/// <summary>
/// Alignment by optimal transport (AOT: Melnyk et al., 2024): the logistic loss between the k-th smallest values of two samples over all pairs, so that
/// one distribution dominates the other rather than every pair by itself. Paired, the samples are the policy's margins
/// <c>log pi(chosen) - log pi(rejected)</c> and the reference's; unpaired, the chosen log-ratios and the rejected ones.
/// </summary>
/// <remarks>The gradient goes through the order: it does not see that a change could alter the ranks. Equal values are ranked in a fixed order.</remarks>
/// <param name="formula">Applied to the k-th difference as to a pair whose rejected side is 0.</param>
/// <param name="isPaired">Which samples.</param>
public sealed class SortedTerm(LogisticPair<Dual<ScalarDouble>> formula, bool isPaired) : IPairTerm
{
    private double[] _first = [];
    private double[] _second = [];
    private int[] _firstOrder = [];
    private int[] _secondOrder = [];

    public bool IsCoupled => true;

    public void Evaluate(ReadOnlySpan<PairStatistics> pairs, Span<PairValue> values)
    {
        if (_first.Length < pairs.Length)
        {
            (_first, _second) = (new double[pairs.Length], new double[pairs.Length]);
            (_firstOrder, _secondOrder) = (new int[pairs.Length], new int[pairs.Length]);
        }

        for (int i = 0; i < pairs.Length; i++)
        {
            PairStatistics pair = pairs[i];
            _first[i] = isPaired ? pair.Chosen - pair.Rejected : pair.ChosenLogRatio;
            _second[i] = isPaired ? pair.ReferenceChosen - pair.ReferenceRejected : pair.RejectedLogRatio;
            (_firstOrder[i], _secondOrder[i]) = (i, i);
        }

        _first.AsSpan(0, pairs.Length).Sort(_firstOrder.AsSpan(0, pairs.Length));
        _second.AsSpan(0, pairs.Length).Sort(_secondOrder.AsSpan(0, pairs.Length));
        values.Clear();
        for (int k = 0; k < pairs.Length; k++)
        {
            Dual<ScalarDouble> loss = formula.Loss(Difference(_first[k] - _second[k]));
            double slope = loss.Slope.Value;
            ref PairValue first = ref values[_firstOrder[k]];
            first += new PairValue(loss.Value.Value, slope, isPaired ? -slope : 0);
            ref PairValue second = ref values[_secondOrder[k]];
            second += new PairValue(0, 0, isPaired ? 0 : -slope);
        }
    }

    private static Pair<Dual<ScalarDouble>> Difference(double value)
    {
        var difference = Dual<ScalarDouble>.Variable(new ScalarDouble(value));
        Dual<ScalarDouble> zero = Dual<ScalarDouble>.Constant(0);
        Dual<ScalarDouble> one = Dual<ScalarDouble>.Constant(1);
        return new Pair<Dual<ScalarDouble>>
        {
            ChosenRatio = difference,
            RejectedRatio = zero,
            ChosenScore = difference,
            RejectedScore = zero,
            ChosenTokens = one,
            RejectedTokens = one,
            Margin = zero,
            Label = one,
        };
    }
}
