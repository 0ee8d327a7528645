namespace FastAlign.Alignment;

/// <summary>A head's weights, mean-centred and scaled to unit norm: <c>v = (w - mean w) / |w - mean w|</c>. Zero where w is constant.</summary>
internal static class UnitHead
{
    /// <summary>v, and the norm it was divided by.</summary>
    public static double Normalize(ReadOnlySpan<double> w, Span<double> v)
    {
        double mean = Sum(w) / w.Length;
        double squares = 0;
        for (int k = 0; k < w.Length; k++)
        {
            v[k] = w[k] - mean;
            squares += v[k] * v[k];
        }

        double norm = Math.Sqrt(squares);
        double scale = norm > 0 ? 1 / norm : 0;
        for (int k = 0; k < v.Length; k++)
        {
            v[k] *= scale;
        }

        return norm;
    }

    /// <summary><c>dw = P (dv - v (v . dv)) / norm</c>, P taking the mean away; in place.</summary>
    public static void Backward(ReadOnlySpan<double> v, double norm, Span<double> dv)
    {
        double along = Dot(v, dv);
        double scale = norm > 0 ? 1 / norm : 0;
        for (int k = 0; k < dv.Length; k++)
        {
            dv[k] = scale * (dv[k] - (v[k] * along));
        }

        double mean = Sum(dv) / dv.Length;
        for (int k = 0; k < dv.Length; k++)
        {
            dv[k] -= mean;
        }
    }

    public static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int k = 0; k < a.Length; k++)
        {
            sum += a[k] * b[k];
        }

        return sum;
    }

    /// <summary><c>y += scale x</c></summary>
    public static void AddScaled(ReadOnlySpan<double> x, double scale, Span<double> y)
    {
        for (int k = 0; k < x.Length; k++)
        {
            y[k] += scale * x[k];
        }
    }

    private static double Sum(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values)
        {
            sum += value;
        }

        return sum;
    }
}
