using FastAlign.Core;

namespace FastAlign.Tests.Cpu;

/// <summary><c>sum_r (dLogProb_r logp_r + dEntropy_r H_r)</c> in double, and its slopes by central differences.</summary>
internal sealed class HeadLoss
{
    // The error of a central difference is about step^2 times the third derivative, plus 1e-16 / step.
    private const double Step = 1e-4;

    // Slopes taken of each operand: spread over it, the last element included.
    private const int Samples = 12;

    private readonly double[] _x;
    private readonly double[] _w;
    private readonly double[] _bias;
    private readonly double[] _dLogProb;
    private readonly double[] _dEntropy;
    private readonly int[] _targets;
    private readonly HeadSpec _spec;
    private readonly int _c;

    public HeadLoss(in HeadInputs inputs, in HeadGradients gradients, int[] targets, HeadSpec spec)
    {
        (_x, _w, _bias) = (Widen(inputs.X), Widen(inputs.W), Widen(inputs.Bias));
        (_dLogProb, _dEntropy) = (Widen(gradients.LogProb), gradients.Entropy.IsNone ? new double[targets.Length] : Widen(gradients.Entropy));
        (_targets, _spec, _c) = (targets, spec, inputs.X.Shape[1]);
    }

    public (int Index, double Slope)[] DifferencesByX() => Differences(_x);

    public (int Index, double Slope)[] DifferencesByW() => Differences(_w);

    public (int Index, double Slope)[] DifferencesByBias() => Differences(_bias);

    private static double[] Widen(Tensor tensor) => [.. CpuHarness.Values(tensor).Select(value => (double)value)];

    private (int Index, double Slope)[] Differences(double[] operand)
    {
        int stride = Math.Max(1, operand.Length / Samples);
        return [.. Enumerable.Range(0, operand.Length).Where(i => i % stride == 0 || i == operand.Length - 1).Select(i => (i, Slope(operand, i)))];
    }

    private double Slope(double[] operand, int index)
    {
        double old = operand[index];
        operand[index] = old + Step;
        double above = Value();
        operand[index] = old - Step;
        double below = Value();
        operand[index] = old;
        return (above - below) / (2 * Step);
    }

    private double Value()
    {
        double total = 0;
        double[] z = new double[_bias.Length];
        for (int i = 0; i < _targets.Length; i++)
        {
            for (int v = 0; v < z.Length; v++)
            {
                double product = _bias[v];
                for (int j = 0; j < _c; j++)
                {
                    product += _x[(i * _c) + j] * _w[(v * _c) + j];
                }

                z[v] = HeadOracle.Logit(product, _spec);
            }

            HeadOracle row = new(z, _targets[i]);
            total += (_dLogProb[i] * row.LogProb) + (_dEntropy[i] * row.Entropy);
        }

        return total;
    }
}
