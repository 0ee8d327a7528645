using FastAlign.Kernels;

namespace FastAlign.Alignment;

/// <summary>Evaluates a token formula on dual numbers, once along the log-prob and once along the log-ratio.</summary>
/// <param name="formula">The formula in double.</param>
/// <typeparam name="TFormula">The formula.</typeparam>
public sealed class TokenTerm<TFormula>(TFormula formula) : ITokenTerm
    where TFormula : struct, ITokenFormula<Dual<ScalarDouble>>
{
    public void Evaluate(ReadOnlySpan<TokenStatistics> tokens, Span<TokenValue> values)
    {
        for (int t = 0; t < tokens.Length; t++)
        {
            Dual<ScalarDouble> alongLogProb = formula.Value(Token(tokens[t], 1, 0));
            Dual<ScalarDouble> alongLogRatio = formula.Value(Token(tokens[t], 0, 1));
            values[t] = new TokenValue(alongLogProb.Value.Value, alongLogProb.Slope.Value, alongLogRatio.Slope.Value);
        }
    }

    private static Token<Dual<ScalarDouble>> Token(in TokenStatistics token, double logProbSlope, double logRatioSlope) => new()
    {
        LogProb = Variable(token.LogProb, logProbSlope),
        LogRatio = Variable(token.LogRatio, logRatioSlope),
        ReferenceLogRatio = Variable(token.ReferenceLogRatio, logProbSlope),
        SequenceLogRatio = Variable(token.SequenceLogRatio, 0),
        Advantage = Variable(token.Advantage, 0),
    };

    private static Dual<ScalarDouble> Variable(double value, double slope) => new(new ScalarDouble(value), new ScalarDouble(slope));
}
