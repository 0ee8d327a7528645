namespace FastAlign.Workloads;

/// <summary><c>y = factor x^exponent</c>, fitted by least squares in logarithms.</summary>
/// <param name="Factor">y at x = 1.</param>
/// <param name="Exponent">How fast y grows.</param>
/// <param name="Residual">Root mean square of the relative deviations, <c>exp(rms(ln y - ln fit)) - 1</c>.</param>
public sealed record PowerLaw(double Factor, double Exponent, double Residual)
{
    /// <param name="points">At least two different x; all values above 0.</param>
    /// <exception cref="ArgumentException">There is nothing to fit.</exception>
    public static PowerLaw Fit(IReadOnlyList<(double X, double Y)> points)
    {
        if (points.Any(static point => !(point.X > 0) || !(point.Y > 0)) || points.Select(static point => point.X).Distinct().Count() < 2)
        {
            throw new ArgumentException($"expected at least two different x, and values above 0; got {string.Join(", ", points)}", nameof(points));
        }

        (double X, double Y)[] logs = [.. points.Select(static point => (Math.Log(point.X), Math.Log(point.Y)))];
        double meanX = logs.Average(static point => point.X);
        double meanY = logs.Average(static point => point.Y);
        double exponent = logs.Sum(point => (point.X - meanX) * (point.Y - meanY)) / logs.Sum(point => (point.X - meanX) * (point.X - meanX));
        double intercept = meanY - (exponent * meanX);
        double meanSquare = logs.Average(point => Math.Pow(point.Y - intercept - (exponent * point.X), 2));
        return new PowerLaw(Math.Exp(intercept), exponent, Math.Exp(Math.Sqrt(meanSquare)) - 1);
    }
}
