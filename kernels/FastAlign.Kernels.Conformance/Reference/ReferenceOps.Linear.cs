using FastAlign.Core;

namespace FastAlign.Kernels.Conformance;

internal sealed partial class ReferenceOps
{
    public void LinearForward(Tensor x, Tensor w, Tensor bias, Tensor residual, Tensor y)
    {
        var input = new RowView(x);
        var weight = new RowView(w);
        var output = new RowView(y);
        for (int i = 0; i < input.Count; i++)
        {
            for (int o = 0; o < weight.Count; o++)
            {
                double sum = Dot(input[i], weight[o]);
                sum += bias.IsNone ? 0 : bias.HostSpan<double>()[o];
                sum += residual.IsNone ? 0 : new RowView(residual)[i][o];
                output[i][o] = sum;
            }
        }
    }

    public void LinearBackwardInput(Tensor dy, Tensor w, Write write, Tensor dx)
    {
        var upstream = new RowView(dy);
        var weight = new RowView(w);
        var result = new RowView(dx);
        for (int i = 0; i < upstream.Count; i++)
        {
            if (write == Write.Assign)
            {
                result[i].Clear();
            }

            for (int o = 0; o < weight.Count; o++)
            {
                AddScaled(weight[o], upstream[i][o], result[i]);
            }
        }
    }

    public void LinearBackwardWeight(Tensor x, Tensor dy, Tensor dw, Tensor dbias)
    {
        var input = new RowView(x);
        var upstream = new RowView(dy);
        var result = new RowView(dw);
        for (int i = 0; i < input.Count; i++)
        {
            for (int o = 0; o < result.Count; o++)
            {
                AddScaled(input[i], upstream[i][o], result[o]);
            }

            if (!dbias.IsNone)
            {
                AddScaled(upstream[i], 1, dbias.HostSpan<double>());
            }
        }
    }
}
