using FastAlign.Kernels;

namespace FastAlign.Alignment;

/// <summary>Loss of a value head: the mean over states of <see cref="ClippedValue{T}"/>, half the squared error to the return.</summary>
/// <param name="range">How far a value may move from the old one with profit, above 0; infinite for no clip. <c>cliprange_value</c></param>
public sealed class ValueLoss(double range)
{
    private readonly ClippedValue<Dual<ScalarDouble>> _formula = new(range);

    /// <summary>Contribution of some states to the loss of the step.</summary>
    /// <param name="values">[R] values of the head, in the unit of the reward.</param>
    /// <param name="old">[R] values when the rollouts were scored.</param>
    /// <param name="returns">[R] targets.</param>
    /// <param name="states">States of the whole step.</param>
    /// <param name="dValues">[R] assigned.</param>
    public double Evaluate(ReadOnlySpan<double> values, ReadOnlySpan<double> old, ReadOnlySpan<double> returns, long states, Span<double> dValues)
    {
        double denominator = Math.Max(1, states);
        double sum = 0;
        for (int t = 0; t < values.Length; t++)
        {
            Dual<ScalarDouble> loss = _formula.Loss(
                Dual<ScalarDouble>.Variable(new ScalarDouble(values[t])), Dual<ScalarDouble>.Constant(old[t]), Dual<ScalarDouble>.Constant(returns[t]));
            sum += loss.Value.Value;
            dValues[t] = loss.Slope.Value / denominator;
        }

        return sum / denominator;
    }

    /// <summary>Share of states whose clipped error is the larger one, so that they have no gradient. <c>val/clipfrac_avg</c></summary>
    public static double ClippedShare(ReadOnlySpan<double> values, ReadOnlySpan<double> old, ReadOnlySpan<double> returns, double range)
    {
        int clipped = 0;
        for (int t = 0; t < values.Length; t++)
        {
            double error = values[t] - returns[t];
            double clippedError = Math.Clamp(values[t], old[t] - range, old[t] + range) - returns[t];
            clipped += clippedError * clippedError > error * error ? 1 : 0;
        }

        return (double)clipped / values.Length;
    }
}
