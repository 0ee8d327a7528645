namespace FastAlign.Alignment;

/// <summary>One reported figure.</summary>
/// <param name="Metric">What it is.</param>
/// <param name="Sum">Numerator.</param>
/// <param name="Weight">Denominator.</param>
public readonly record struct MetricValue(Metric Metric, double Sum, double Weight)
{
    /// <summary>The figure: sum over weight.</summary>
    public double Value => Sum / Weight;
}
