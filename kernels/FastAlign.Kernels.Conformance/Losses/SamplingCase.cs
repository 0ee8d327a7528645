using FastAlign.Core;
using FastAlign.Gpu;

namespace FastAlign.Kernels.Conformance;

/// <summary>
/// Draws of tokens against sorting and summing in double. A draw is one token, so the comparison is exact; the points drawn of a case lie further from the borders
/// between tokens than rounding moves those.
/// </summary>
internal sealed class SamplingCase : DeviceCase
{
    private const ulong Seed = 11;

    private readonly int _rows;
    private readonly int _vocabulary;
    private readonly DeviceSampling _options;

    public SamplingCase(string name, int rows, int vocabulary, DeviceSampling options)
        : base("sampling", name)
    {
        (_rows, _vocabulary, _options) = (rows, vocabulary, options with { Seed = Seed });
        Input("logits", new Shape(rows, vocabulary), 2);
        Integers("samples", Enumerable.Range(0, rows));
        Integers("steps", Enumerable.Range(0, rows).Select(static row => row * 7));
        Output("ids", new Shape(rows), type: DType.I32);
    }

    /// <summary>An exponential for each of some forty passes over the row.</summary>
    public override long ForwardFlops => 400L * _rows * _vocabulary;

    internal override void Forward(DeviceLosses losses, CaseTensors t) => losses.Sample(t["logits"], _options, t["samples"], t["steps"], t["ids"]);

    internal override void Expect(CaseTensors t)
    {
        for (int row = 0; row < _rows; row++)
        {
            double[] logits = Reals(t["logits"]).Slice(row * _vocabulary, _vocabulary).ToArray();
            var random = new Philox(Seed, RandomPurpose.Sampling, (ulong)Integers(t["samples"])[row]);
            Integers(t["ids"])[row] = Draw(logits, random.Uniform((ulong)Integers(t["steps"])[row]));
        }
    }

    private int Draw(double[] logits, double uniform)
    {
        // Largest first, the lower id among equals.
        int[] order = [.. Enumerable.Range(0, logits.Length).OrderByDescending(v => logits[v]).ThenBy(static v => v)];
        if (_options.Temperature == 0)
        {
            return order[0];
        }

        double least = _options.TopK > 0 && _options.TopK < logits.Length ? logits[order[_options.TopK - 1]] : double.NegativeInfinity;
        double[] weights = [.. logits.Select(z => z < least ? 0 : Math.Exp((z - logits[order[0]]) / _options.Temperature))];
        double removable = (1 - _options.TopP) * weights.Sum();
        foreach (int v in order.Reverse())
        {
            removable -= weights[v];
            if (removable < 0)
            {
                break;
            }

            weights[v] = 0;
        }

        double point = uniform * weights.Sum();
        int picked = 0;
        while ((point -= weights[picked]) >= 0)
        {
            picked++;
        }

        return picked;
    }
}
