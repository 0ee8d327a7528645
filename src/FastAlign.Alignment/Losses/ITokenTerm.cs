namespace FastAlign.Alignment;

/// <summary>A formula of single tokens on the host: the lane formula behind it is evaluated for value and derivatives.</summary>
public interface ITokenTerm
{
    /// <summary>Value and derivatives of every token.</summary>
    /// <param name="tokens">[K]</param>
    /// <param name="values">[K], assigned.</param>
    void Evaluate(ReadOnlySpan<TokenStatistics> tokens, Span<TokenValue> values);
}
