namespace FastAlign.Alignment;

/// <summary>A mean with its confidence interval, in the unit of the values.</summary>
/// <param name="Mean">Point estimate.</param>
/// <param name="Low">Lower end; NaN when the interval cannot be known.</param>
/// <param name="High">Upper end; NaN when the interval cannot be known.</param>
/// <param name="Count">Number of values.</param>
public readonly record struct Estimate(double Mean, double Low, double High, int Count);
