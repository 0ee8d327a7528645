using FastAlign.Core;

namespace FastAlign.Kernels.Conformance;

internal sealed partial class ReferenceOps
{
    public void Fill(Tensor x, double value)
    {
        var rows = new RowView(x);
        for (int i = 0; i < rows.Count; i++)
        {
            rows[i].Fill(value);
        }
    }

    public void Copy(Tensor x, Tensor y)
    {
        for (int i = 0; i < x.Rows; i++)
        {
            for (int j = 0; j < x.Shape.RowLength; j++)
            {
                StoredNumber.Write(y, ((long)i * y.RowStride) + j, StoredNumber.Read(x, ((long)i * x.RowStride) + j));
            }
        }
    }

    public void Add(Tensor x, double scale, Tensor y)
    {
        var from = new RowView(x);
        var to = new RowView(y);
        for (int i = 0; i < from.Count; i++)
        {
            AddScaled(from[i], scale, to[i]);
        }
    }

    public void Scale(Tensor x, double scale)
    {
        foreach (ref double value in x.HostSpan<double>())
        {
            value *= scale;
        }
    }

    public double SumOfSquares(Tensor x)
    {
        Span<double> values = x.HostSpan<double>();
        return Dot(values, values);
    }

    public void GatherRows(Tensor x, Tensor rows, Write write, Tensor y)
    {
        var from = new RowView(x);
        var to = new RowView(y);
        Span<int> index = rows.HostSpan<int>();
        for (int i = 0; i < index.Length; i++)
        {
            Put(from[index[i]], write, to[i]);
        }
    }

    public void ScatterRows(Tensor x, Tensor rows, Write write, Tensor y)
    {
        var from = new RowView(x);
        var to = new RowView(y);
        Span<int> index = rows.HostSpan<int>();
        for (int i = 0; i < index.Length; i++)
        {
            Put(from[i], write, to[index[i]]);
        }
    }

    /// <summary>Loshchilov and Hutter (2019), algorithm 2, in the order of torch.optim.AdamW.</summary>
    public void AdamW(AdamWStep step, Tensor parameters, Tensor gradients, Tensor firstMoment, Tensor secondMoment)
    {
        Span<double> p = parameters.HostSpan<double>();
        Span<double> g = gradients.HostSpan<double>();
        Span<double> m = firstMoment.HostSpan<double>();
        Span<double> v = secondMoment.HostSpan<double>();
        double correction1 = 1 - Math.Pow(step.Beta1, step.Step);
        double correction2 = 1 - Math.Pow(step.Beta2, step.Step);
        for (int i = 0; i < p.Length; i++)
        {
            double gradient = g[i] * step.GradientScale;
            m[i] = (step.Beta1 * m[i]) + ((1 - step.Beta1) * gradient);
            v[i] = (step.Beta2 * v[i]) + ((1 - step.Beta2) * gradient * gradient);
            double denominator = Math.Sqrt(v[i] / correction2) + step.Epsilon;
            double decayed = p[i] * (1 - (step.LearningRate * step.WeightDecay));
            p[i] = decayed - (step.LearningRate * (m[i] / correction1) / denominator);
        }
    }

    private static void Put(ReadOnlySpan<double> from, Write write, Span<double> to)
    {
        if (write == Write.Assign)
        {
            from.CopyTo(to);
        }
        else
        {
            AddScaled(from, 1, to);
        }
    }
}
