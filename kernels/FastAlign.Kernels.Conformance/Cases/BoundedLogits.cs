using FastAlign.Core;

namespace FastAlign.Kernels.Conformance;

/// <summary>Names of the operands that a projection on the vocabulary reads.</summary>
internal sealed record LogitOperands(string X, string W, string? Bias);

/// <summary>
/// The logits of one row and how far a backend may be from them: <c>e = (C + 5) u (sum|x w| + |b|) scale / T</c>, with a cap by its tanh too.
/// </summary>
internal sealed class BoundedLogits(LogitOperands operands, int c, int v, HeadSpec spec, Values values, double u)
{
    /// <summary>[V] of the row computed last.</summary>
    public double[] Value { get; } = new double[v];

    /// <summary>[V]</summary>
    public double[] Error { get; } = new double[v];

    /// <summary>Largest error of the row.</summary>
    public double WorstError => Error.Max();

    /// <summary>Largest magnitude of the row.</summary>
    public double Size => Value.Max(Math.Abs);

    public void Compute(int row)
    {
        (double[] x, double[] w) = (values[operands.X], values[operands.W]);
        for (int j = 0; j < v; j++)
        {
            double logit = operands.Bias is null ? 0 : values[operands.Bias][j];
            double absolute = Math.Abs(logit);
            for (int k = 0; k < c; k++)
            {
                double product = x[(row * c) + k] * w[(j * c) + k];
                logit += product;
                absolute += Math.Abs(product);
            }

            double scaled = spec.LogitScale * logit;
            double capped = spec.SoftCap > 0 ? spec.SoftCap * Math.Tanh(scaled / spec.SoftCap) : scaled;
            double capError = spec.SoftCap > 0 ? ErrorBounds.Transcendental * u * spec.SoftCap : 0;
            Value[j] = capped / spec.Temperature;
            Error[j] = (((c + 5) * u * absolute * Math.Abs(spec.LogitScale)) + capError) / spec.Temperature;
        }
    }

    /// <summary>From magnitude and error of a derivative by the logit to those by the product, through scale, cap and temperature.</summary>
    public (double Size, double Error) ThroughSlope(int j, double dz, double error)
    {
        double tanh = spec.SoftCap > 0 ? Math.Abs(Value[j]) * spec.Temperature / spec.SoftCap : 0;
        double slope = spec.LogitScale * (1 - (tanh * tanh)) / spec.Temperature;
        double slopeError = spec.LogitScale / spec.Temperature * ((2 * tanh * ((Error[j] * spec.Temperature / Math.Max(spec.SoftCap, 1)) + (4 * u))) + (4 * u));
        double size = dz * slope;
        return (size, (error * slope) + (dz * slopeError) + (4 * u * size));
    }
}
