using FastAlign.Core;

namespace FastAlign.Kernels.Conformance;

internal sealed partial class ReferenceOps
{
    public void LogProbHeadForward(in HeadInputs inputs, HeadSpec spec, in HeadOutputs outputs)
    {
        Span<int> targets = inputs.Targets.HostSpan<int>();
        double[] z = new double[inputs.W.Rows];
        for (int i = 0; i < targets.Length; i++)
        {
            Logits(inputs, spec, i, z);
            double logZ = LogSumExp(z);
            double entropy = 0;
            double squares = 0;
            double mean = 0;
            int best = 0;
            for (int v = 0; v < z.Length; v++)
            {
                double logP = z[v] - logZ;
                entropy -= Math.Exp(logP) * logP;
                squares += Math.Exp(2 * logP);
                mean += z[v] / z.Length;
                best = z[v] > z[best] ? v : best;
            }

            outputs.LogProb.HostSpan<double>()[i] = z[targets[i]] - logZ;
            outputs.LogZ.HostSpan<double>()[i] = logZ;
            Set(outputs.Entropy, i, entropy);
            Set(outputs.LogSumSquares, i, Math.Log(squares));
            Set(outputs.MeanLogit, i, mean);
            if (!outputs.ArgMax.IsNone)
            {
                outputs.ArgMax.HostSpan<int>()[i] = best;
            }

            if (!outputs.Slope.IsNone)
            {
                Slope(inputs.W, spec, z, logZ, targets[i], new RowView(outputs.Slope)[i]);
            }
        }
    }

    public void LogProbHeadBackward(in HeadInputs inputs, HeadSpec spec, in HeadOutputs outputs, in HeadGradients gradients)
    {
        var x = new RowView(inputs.X);
        var w = new RowView(inputs.W);
        var dx = new RowView(gradients.X);
        if (!outputs.Slope.IsNone)
        {
            for (int i = 0; i < inputs.X.Rows; i++)
            {
                dx[i].Clear();
                AddScaled(new RowView(outputs.Slope)[i], gradients.LogProb.HostSpan<double>()[i], dx[i]);
            }

            return;
        }

        Span<int> targets = inputs.Targets.HostSpan<int>();
        double[] z = new double[inputs.W.Rows];
        for (int i = 0; i < targets.Length; i++)
        {
            Logits(inputs, spec, i, z);
            double logZ = outputs.LogZ.HostSpan<double>()[i];
            double dLogProb = gradients.LogProb.HostSpan<double>()[i];
            double dEntropy = gradients.Entropy.IsNone ? 0 : gradients.Entropy.HostSpan<double>()[i];
            double entropy = gradients.Entropy.IsNone ? 0 : outputs.Entropy.HostSpan<double>()[i];
            dx[i].Clear();
            for (int v = 0; v < z.Length; v++)
            {
                double logP = z[v] - logZ;
                double p = Math.Exp(logP);
                double dz = (dLogProb * ((v == targets[i] ? 1 : 0) - p)) - (dEntropy * p * (logP + entropy));
                double dLogit = dz * LogitSlope(spec, z[v]);
                AddScaled(w[v], dLogit, dx[i]);
                if (!gradients.W.IsNone)
                {
                    AddScaled(x[i], dLogit, new RowView(gradients.W)[v]);
                }

                if (!gradients.Bias.IsNone)
                {
                    gradients.Bias.HostSpan<double>()[v] += dLogit;
                }
            }
        }
    }

    /// <summary><c>s_y w_y - sum_v p_v s_v w_v</c></summary>
    private static void Slope(Tensor weights, HeadSpec spec, double[] z, double logZ, int target, Span<double> slope)
    {
        var w = new RowView(weights);
        slope.Clear();
        for (int v = 0; v < z.Length; v++)
        {
            double dz = (v == target ? 1 : 0) - Math.Exp(z[v] - logZ);
            AddScaled(w[v], dz * LogitSlope(spec, z[v]), slope);
        }
    }

    /// <summary><c>z = softcap(scale (x·w + b)) / temperature</c> of one row.</summary>
    private static void Logits(in HeadInputs inputs, HeadSpec spec, int row, double[] z)
    {
        Span<double> x = new RowView(inputs.X)[row];
        var w = new RowView(inputs.W);
        for (int v = 0; v < z.Length; v++)
        {
            double logit = Dot(x, w[v]) + (inputs.Bias.IsNone ? 0 : inputs.Bias.HostSpan<double>()[v]);
            double scaled = spec.LogitScale * logit;
            double capped = spec.SoftCap > 0 ? spec.SoftCap * Math.Tanh(scaled / spec.SoftCap) : scaled;
            z[v] = capped / spec.Temperature;
        }
    }

    /// <summary>Derivative of z by the raw logit: scale times (1 - tanh^2) over temperature; tanh is z * temperature / cap.</summary>
    private static double LogitSlope(HeadSpec spec, double z)
    {
        double tanh = spec.SoftCap > 0 ? z * spec.Temperature / spec.SoftCap : 0;
        return spec.LogitScale * (1 - (tanh * tanh)) / spec.Temperature;
    }

    private static void Set(Tensor tensor, int index, double value)
    {
        if (!tensor.IsNone)
        {
            tensor.HostSpan<double>()[index] = value;
        }
    }
}
