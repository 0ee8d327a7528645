using FastAlign.Kernels;

namespace FastAlign.Alignment;

/// <summary>A paired loss that looks at one pair at a time: its formula is evaluated on dual numbers, once along each side, which gives value and derivatives.</summary>
/// <param name="formula">The formula in double.</param>
/// <typeparam name="TFormula">The formula.</typeparam>
public sealed class FormulaTerm<TFormula>(TFormula formula) : IPairTerm
    where TFormula : struct, IPairFormula<Dual<ScalarDouble>>
{
    public bool IsCoupled => false;

    public void Evaluate(ReadOnlySpan<PairStatistics> pairs, Span<PairValue> values) => Evaluate(formula, pairs, values);

    /// <summary>The same of a formula that is another one in every step.</summary>
    internal static void Evaluate(in TFormula formula, ReadOnlySpan<PairStatistics> pairs, Span<PairValue> values)
    {
        for (int i = 0; i < pairs.Length; i++)
        {
            Dual<ScalarDouble> alongChosen = formula.Loss(Pair(pairs[i], 1, 0));
            Dual<ScalarDouble> alongRejected = formula.Loss(Pair(pairs[i], 0, 1));
            values[i] = new PairValue(alongChosen.Value.Value, alongChosen.Slope.Value, alongRejected.Slope.Value);
        }
    }

    private static Pair<Dual<ScalarDouble>> Pair(in PairStatistics pair, double chosenSlope, double rejectedSlope)
    {
        Dual<ScalarDouble> chosen = new(new ScalarDouble(pair.ChosenLogRatio), new ScalarDouble(chosenSlope));
        Dual<ScalarDouble> rejected = new(new ScalarDouble(pair.RejectedLogRatio), new ScalarDouble(rejectedSlope));
        return new Pair<Dual<ScalarDouble>>
        {
            ChosenRatio = chosen,
            RejectedRatio = rejected,
            ChosenScore = chosen,
            RejectedScore = rejected,
            ChosenTokens = Dual<ScalarDouble>.Constant(Math.Max(1, pair.ChosenRows)),
            RejectedTokens = Dual<ScalarDouble>.Constant(Math.Max(1, pair.RejectedRows)),
            Margin = Dual<ScalarDouble>.Constant(pair.Margin),
            Label = Dual<ScalarDouble>.Constant(pair.Label),
        };
    }
}
