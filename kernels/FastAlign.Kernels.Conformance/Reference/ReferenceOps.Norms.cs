using FastAlign.Core;

namespace FastAlign.Kernels.Conformance;

internal sealed partial class ReferenceOps
{
    public void RmsNormForward(Tensor x, Tensor w, NormSpec spec, Tensor y, Tensor rstd)
    {
        Span<double> weight = w.HostSpan<double>();
        var input = new RowView(x, weight.Length);
        var output = new RowView(y, weight.Length);
        Span<double> inverse = rstd.HostSpan<double>();
        for (int i = 0; i < input.Count; i++)
        {
            Span<double> row = input[i];
            inverse[i] = 1 / Math.Sqrt((Dot(row, row) / row.Length) + spec.Epsilon);
            for (int j = 0; j < row.Length; j++)
            {
                output[i][j] = row[j] * inverse[i] * (weight[j] + spec.WeightOffset);
            }
        }
    }

    public void RmsNormBackward(Tensor x, Tensor w, Tensor rstd, Tensor dy, NormSpec spec, Write write, Tensor dx, Tensor dw)
    {
        Span<double> weight = w.HostSpan<double>();
        var input = new RowView(x, weight.Length);
        Span<double> inverse = rstd.HostSpan<double>();
        double[] normalised = new double[weight.Length];
        for (int i = 0; i < input.Count; i++)
        {
            for (int j = 0; j < normalised.Length; j++)
            {
                normalised[j] = input[i][j] * inverse[i];
            }

            NormBackwardRow(normalised, weight, inverse[i], spec.WeightOffset, isCentred: false, write, i, dy, dx, dw, Tensor.None);
        }
    }

    public void LayerNormForward(Tensor x, Tensor w, Tensor b, NormSpec spec, Tensor y, Tensor mean, Tensor rstd)
    {
        Span<double> weight = w.HostSpan<double>();
        Span<double> bias = b.IsNone ? [] : b.HostSpan<double>();
        var input = new RowView(x, weight.Length);
        var output = new RowView(y, weight.Length);
        Span<double> means = mean.HostSpan<double>();
        Span<double> inverse = rstd.HostSpan<double>();
        for (int i = 0; i < input.Count; i++)
        {
            Span<double> row = input[i];
            (means[i], double variance) = Moments(row);
            inverse[i] = 1 / Math.Sqrt(variance + spec.Epsilon);
            for (int j = 0; j < row.Length; j++)
            {
                double scaled = (row[j] - means[i]) * inverse[i] * (weight[j] + spec.WeightOffset);
                output[i][j] = b.IsNone ? scaled : scaled + bias[j];
            }
        }
    }

    public void LayerNormBackward(LayerNormSaved saved, Tensor w, Tensor dy, NormSpec spec, Write write, Tensor dx, Tensor dw, Tensor db)
    {
        Span<double> weight = w.HostSpan<double>();
        var input = new RowView(saved.X, weight.Length);
        Span<double> means = saved.Mean.HostSpan<double>();
        Span<double> inverse = saved.Rstd.HostSpan<double>();
        double[] normalised = new double[weight.Length];
        for (int i = 0; i < input.Count; i++)
        {
            for (int j = 0; j < normalised.Length; j++)
            {
                normalised[j] = (input[i][j] - means[i]) * inverse[i];
            }

            NormBackwardRow(normalised, weight, inverse[i], spec.WeightOffset, isCentred: true, write, i, dy, dx, dw, db);
        }
    }

    /// <summary><c>dx = rstd (g - mean(g) - xhat mean(g xhat))</c> with <c>g = dy (w + offset)</c>; the mean of g only when centred.</summary>
    private static void NormBackwardRow(
        ReadOnlySpan<double> xhat, ReadOnlySpan<double> weight, double rstd, double offset, bool isCentred, Write write, int index, Tensor dy, Tensor dx, Tensor dw, Tensor db)
    {
        int c = weight.Length;
        Span<double> upstream = new RowView(dy, c)[index];
        Span<double> result = new RowView(dx, c)[index];
        Span<double> weightGradient = dw.IsNone ? [] : dw.HostSpan<double>();
        Span<double> biasGradient = db.IsNone ? [] : db.HostSpan<double>();
        double meanG = 0;
        double meanGx = 0;
        for (int j = 0; j < c; j++)
        {
            double g = upstream[j] * (weight[j] + offset);
            meanG += isCentred ? g / c : 0;
            meanGx += g * xhat[j] / c;
        }

        for (int j = 0; j < c; j++)
        {
            // Read before dx is written: it may be the same tensor as dy.
            double d = upstream[j];
            double value = rstd * ((d * (weight[j] + offset)) - meanG - (xhat[j] * meanGx));
            result[j] = write == Write.Add ? result[j] + value : value;
            if (!dw.IsNone)
            {
                weightGradient[j] += d * xhat[j];
            }

            if (!db.IsNone)
            {
                biasGradient[j] += d;
            }
        }
    }

    private static (double Mean, double Variance) Moments(ReadOnlySpan<double> row)
    {
        double mean = 0;
        foreach (double value in row)
        {
            mean += value / row.Length;
        }

        double variance = 0;
        foreach (double value in row)
        {
            variance += (value - mean) * (value - mean) / row.Length;
        }

        return (mean, variance);
    }
}
