namespace FastAlign.Alignment;

/// <summary>Value of a token formula and its derivatives.</summary>
/// <param name="Value">Before masks, weights and the normaliser.</param>
/// <param name="DLogProb">Derivative by <see cref="TokenStatistics.LogProb"/>, which the reference log-ratio follows.</param>
/// <param name="DLogRatio">Derivative by <see cref="TokenStatistics.LogRatio"/>.</param>
public readonly record struct TokenValue(double Value, double DLogProb, double DLogRatio);
