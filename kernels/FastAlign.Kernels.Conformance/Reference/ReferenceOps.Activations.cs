using FastAlign.Core;

namespace FastAlign.Kernels.Conformance;

internal sealed partial class ReferenceOps
{
    public void ActivationForward(Activation kind, Tensor x, Tensor y)
    {
        var input = new RowView(x);
        var output = new RowView(y);
        for (int i = 0; i < input.Count; i++)
        {
            for (int j = 0; j < input.Width; j++)
            {
                output[i][j] = ReferenceActivation.Value(kind, input[i][j]);
            }
        }
    }

    public void ActivationBackward(Activation kind, Tensor x, Tensor dy, Tensor dx)
    {
        var input = new RowView(x);
        var upstream = new RowView(dy);
        var result = new RowView(dx);
        for (int i = 0; i < input.Count; i++)
        {
            for (int j = 0; j < input.Width; j++)
            {
                result[i][j] = upstream[i][j] * ReferenceActivation.Derivative(kind, input[i][j]);
            }
        }
    }

    public void GatedActivationForward(Activation kind, Tensor gateUp, Tensor y)
    {
        var input = new RowView(gateUp);
        var output = new RowView(y);
        int f = output.Width;
        for (int i = 0; i < input.Count; i++)
        {
            for (int j = 0; j < f; j++)
            {
                output[i][j] = ReferenceActivation.Value(kind, input[i][j]) * input[i][f + j];
            }
        }
    }

    public void GatedActivationBackward(Activation kind, Tensor gateUp, Tensor dy, Tensor dGateUp)
    {
        var input = new RowView(gateUp);
        var upstream = new RowView(dy);
        var result = new RowView(dGateUp);
        int f = upstream.Width;
        for (int i = 0; i < input.Count; i++)
        {
            for (int j = 0; j < f; j++)
            {
                // Read before writing: the gradient may take the place of the input.
                (double gate, double up, double d) = (input[i][j], input[i][f + j], upstream[i][j]);
                result[i][j] = d * up * ReferenceActivation.Derivative(kind, gate);
                result[i][f + j] = d * ReferenceActivation.Value(kind, gate);
            }
        }
    }
}
