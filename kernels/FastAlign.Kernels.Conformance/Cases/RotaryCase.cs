using FastAlign.Core;

namespace FastAlign.Kernels.Conformance;

/// <summary>Rotary embedding of a copy, whose backward call is the inverse rotation; or in place as in a model, forward only.</summary>
internal sealed class RotaryCase : KernelCase
{
    private const double Base = 10000;

    private readonly RotaryPairing _pairing;
    private readonly bool _isInPlace;

    public RotaryCase(string name, Shape shape, int rotated, int positions, RotaryPairing pairing, int padding = 0, bool isInPlace = false)
        : base("rotary", name)
    {
        (_pairing, _isInPlace) = (pairing, isInPlace);
        if (isInPlace)
        {
            Sum("x", shape, padding);
        }
        else
        {
            Input("x", shape, padding: padding);
        }

        Ids("positions", shape[0], positions);
        double[] table = new double[positions * rotated];
        for (int p = 0; p < positions; p++)
        {
            for (int j = 0; j < rotated / 2; j++)
            {
                double angle = p * Math.Pow(Base, -2.0 * j / rotated);
                table[(p * rotated) + j] = (float)Math.Cos(angle);
                table[(p * rotated) + (rotated / 2) + j] = (float)Math.Sin(angle);
            }
        }

        Input("table", new Shape(positions, rotated), table);
        if (!isInPlace)
        {
            Output("y", shape, padding);
            Cotangent("y", shape, padding);
            Gradient("x", Write.Assign, padding);
        }
    }

    public override long ForwardFlops => 3L * Find("x").Shape[0] * Find("x").Shape[1] * Find("table").Shape[1];

    public override long BackwardFlops => ForwardFlops;

    public override void Forward(IOps ops, CaseTensors t)
    {
        Tensor y = t["x"];
        if (!_isInPlace)
        {
            y = t["y"];
            ops.Copy(t["x"], y);
        }

        ops.Rotary(y, t["positions"], t["table"], _pairing, RotaryDirection.Forward);
    }

    public override void Backward(IOps ops, CaseTensors t)
    {
        ops.Copy(t["dY"], t["dX"]);
        ops.Rotary(t["dX"], t["positions"], t["table"], _pairing, RotaryDirection.Inverse);
    }

    internal override void BoundForward(Values v, double u, Values bounds) =>
        bounds[_isInPlace ? "x" : "y"] = Bound(Find("x").Values, u);

    internal override void BoundBackward(Values v, double u, Values bounds) => bounds["dX"] = Bound(v["dY"], u);

    /// <summary>Two products and their sum: <c>2 u (|a cos| + |b sin|)</c>, cosine and sine at most 1. Elements that are not rotated stay exact.</summary>
    private double[] Bound(double[] x, double u)
    {
        int d = Find("x").Shape.Last;
        int rotated = Find("table").Shape[1];
        double[] bound = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            int j = i % d;
            if (j < rotated)
            {
                int half = rotated / 2;
                int partner = _pairing == RotaryPairing.Halves ? (j < half ? j + half : j - half) : j ^ 1;
                bound[i] = 2 * u * (Math.Abs(x[i]) + Math.Abs(x[i - j + partner]));
            }
        }

        return bound;
    }
}
