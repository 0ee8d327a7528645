using FastAlign.Core;

namespace FastAlign.Tests.Cpu;

/// <summary>The head's numbers from one whole row of logits, in double.</summary>
internal sealed class HeadOracle
{
    public HeadOracle(double[] z, int target)
    {
        double max = z.Max();
        LogZ = max + Math.Log(z.Sum(value => Math.Exp(value - max)));
        LogProb = z[target] - LogZ;
        Entropy = -z.Sum(value => Math.Exp(value - LogZ) * (value - LogZ));
        LogSumSquares = Math.Log(z.Sum(value => Math.Exp(2 * (value - LogZ))));
        MeanLogit = z.Average();
        ArgMax = Array.IndexOf(z, max);
    }

    public double LogZ { get; }

    public double LogProb { get; }

    public double Entropy { get; }

    public double LogSumSquares { get; }

    public double MeanLogit { get; }

    public int ArgMax { get; }

    public static double[] Logits(float[] products, HeadSpec spec) => [.. products.Select(product => Logit(product, spec))];

    public static double Logit(double product, HeadSpec spec)
    {
        double z = product * spec.LogitScale;
        z = spec.SoftCap > 0 ? spec.SoftCap * Math.Tanh(z / spec.SoftCap) : z;
        return z / spec.Temperature;
    }
}
