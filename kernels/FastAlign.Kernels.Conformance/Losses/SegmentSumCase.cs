using FastAlign.Core;
using FastAlign.Gpu;

namespace FastAlign.Kernels.Conformance;

/// <summary>Weighted sums over the rows of ragged sequences, and the way back; rows of weight 0 take no part, so theirs are NaN.</summary>
internal sealed class SegmentSumCase : DeviceCase
{
    private readonly int[] _starts;

    public SegmentSumCase(string name, params int[] lengths)
        : base("segment_sum", name)
    {
        _starts = Starts(lengths);
        Normals("w", _starts[^1], static x => x < -1 ? 0 : x);
        Philox random = Stream();
        Input("x", new Shape(_starts[^1]), [.. Find("w").Values.Select((w, row) => w == 0 ? double.NaN : (float)random.Normal((ulong)row))]);
        Integers("rowStarts", _starts);
        Output("sums", new Shape(lengths.Length));
        Cotangent("sums", new Shape(lengths.Length));
        Gradient("x", Write.Assign);
    }

    public override long ForwardFlops => 2L * _starts[^1];

    public override long BackwardFlops => _starts[^1];

    internal override void Forward(DeviceLosses losses, CaseTensors t) => losses.SegmentSums(t["x"], t["w"], t["rowStarts"], t["sums"]);

    internal override void Backward(DeviceLosses losses, CaseTensors t) => losses.SegmentSumsBackward(t["dSums"], t["w"], t["rowStarts"], 1, t["dX"]);

    internal override void Expect(CaseTensors t)
    {
        Reals(t["sums"]).Clear();
        ForEachRow((row, sequence) => Reals(t["sums"])[sequence] += Product(Reals(t["w"])[row], Reals(t["x"])[row]));
    }

    internal override void ExpectBackward(CaseTensors t) => ForEachRow((row, sequence) => Reals(t["dX"])[row] = Reals(t["w"])[row] * Reals(t["dSums"])[sequence]);

    internal override void BoundForward(Values v, double u, Values bounds)
    {
        double[] sums = new double[_starts.Length - 1];
        ForEachRow((row, sequence) => sums[sequence] += (_starts[sequence + 1] - _starts[sequence] + 1) * u * Math.Abs(Product(v["w"][row], v["x"][row])));
        bounds["sums"] = sums;
    }

    internal override void BoundBackward(Values v, double u, Values bounds)
    {
        double[] dX = new double[_starts[^1]];
        ForEachRow((row, sequence) => dX[row] = 2 * u * Math.Abs(v["w"][row] * v["dSums"][sequence]));
        bounds["dX"] = dX;
    }

    private static double Product(double w, double x) => w == 0 ? 0 : w * x;

    private void ForEachRow(Action<int, int> visit)
    {
        for (int sequence = 0; sequence + 1 < _starts.Length; sequence++)
        {
            for (int row = _starts[sequence]; row < _starts[sequence + 1]; row++)
            {
                visit(row, sequence);
            }
        }
    }
}
