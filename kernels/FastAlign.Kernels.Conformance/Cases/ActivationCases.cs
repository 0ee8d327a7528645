using FastAlign.Core;

namespace FastAlign.Kernels.Conformance;

/// <summary>Error bounds of activation functions, by their formulas with exponentials of 4 ulp.</summary>
internal static class ActivationBound
{
    /// <summary>Roundings of the formula around the exponential.</summary>
    private const double Roundings = ErrorBounds.Transcendental + 8;

    /// <summary>
    /// SiLU is relatively accurate. The Gaussian kinds are <c>x (1 + erf) / 2</c> and <c>x (1 + tanh) / 2</c>: 1 + f cancels for negative x,
    /// so they err absolutely by a multiple of u |x|.
    /// </summary>
    public static double OfValue(Activation kind, double x, double u) => kind switch
    {
        Activation.Relu => 0,
        Activation.Silu => (Roundings * u * Math.Abs(ReferenceActivation.Value(kind, x))) + ErrorBounds.Underflow,
        _ => Roundings * u * Math.Abs(x),
    };

    /// <summary>
    /// Sums of two terms of order 1 that may cancel. In the tanh form 1 - tanh^2 errs by 2u, or by 2 tanh (1 - tanh^2) times the argument's
    /// error, and is multiplied by <c>0.5 x argument'</c>.
    /// </summary>
    public static double OfDerivative(Activation kind, double x, double u)
    {
        double amplified = kind == Activation.GeluTanh ? Math.Abs(x) * (1 + (0.135 * x * x)) : Math.Min(Math.Abs(x), 8);
        return kind == Activation.Relu ? 0 : (Roundings + (4 * amplified)) * u;
    }

    /// <summary>Normal draws times 4 with the hard values first: zeros, saturation, the far tails. No zero for ReLU, which has no derivative there.</summary>
    public static double[] Inputs(Philox random, Activation kind, long length)
    {
        double[] hard = kind == Activation.Relu ? [-1e-3, 1e-3, -100, 100] : [0, -0.0, 1e-30, -20, 20, -100, 100, -5.5, 1e-4];
        double[] values = new double[length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)(i < hard.Length ? hard[i] : 4 * random.Normal((ulong)i));
        }

        return values;
    }
}

/// <summary><c>y = f(x)</c> and <c>dx = dy f'(x)</c></summary>
internal sealed class ActivationCase : KernelCase
{
    private readonly Activation _kind;
    private readonly bool _isInPlace;

    public ActivationCase(string name, Activation kind, Shape shape, bool isInPlace = false)
        : base("activation", name)
    {
        (_kind, _isInPlace) = (kind, isInPlace);
        Input("x", shape, ActivationBound.Inputs(Stream(), kind, shape.Length));
        Output("y", shape);
        Cotangent("y", shape);
        Gradient("x", Write.Assign);
    }

    public override long ForwardFlops => 14 * Find("x").Shape.Length;

    public override long BackwardFlops => 18 * Find("x").Shape.Length;

    public override void Forward(IOps ops, CaseTensors t)
    {
        Tensor x = t["x"];
        if (_isInPlace)
        {
            ops.Copy(x, t["y"]);
            x = t["y"];
        }

        ops.ActivationForward(_kind, x, t["y"]);
    }

    public override void Backward(IOps ops, CaseTensors t)
    {
        Tensor dy = t["dY"];
        if (_isInPlace)
        {
            ops.Copy(dy, t["dX"]);
            dy = t["dX"];
        }

        ops.ActivationBackward(_kind, t["x"], dy, t["dX"]);
    }

    protected override long Touched(CasePhase phase, Operand operand) => phase == CasePhase.Backward && operand.Name == "y" ? 0 : base.Touched(phase, operand);

    internal override void BoundForward(Values v, double u, Values bounds) =>
        bounds["y"] = Array.ConvertAll(v["x"], x => ActivationBound.OfValue(_kind, x, u));

    internal override void BoundBackward(Values v, double u, Values bounds)
    {
        (double[] x, double[] dy, double[] dx) = (v["x"], v["dY"], v["dX"]);
        double[] bound = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            bound[i] = (Math.Abs(dy[i]) * ActivationBound.OfDerivative(_kind, x[i], u)) + (u * Math.Abs(dx[i])) + ErrorBounds.Underflow;
        }

        bounds["dX"] = bound;
    }
}

/// <summary><c>y = f(gate) up</c></summary>
internal sealed class GatedActivationCase : KernelCase
{
    private readonly Activation _kind;
    private readonly bool _isInPlace;
    private readonly int _n;
    private readonly int _f;

    public GatedActivationCase(string name, Activation kind, int n, int f, bool isInPlace = false)
        : base("gated_activation", name)
    {
        (_kind, _isInPlace, _n, _f) = (kind, isInPlace, n, f);
        double[] values = ActivationBound.Inputs(Stream(), kind, 2L * n * f);
        Input("gateUp", new Shape(n, 2 * f), values);
        Output("y", new Shape(n, f));
        Cotangent("y", new Shape(n, f));
        Gradient("gateUp", Write.Assign);
    }

    public override long ForwardFlops => 15L * _n * _f;

    public override long BackwardFlops => 22L * _n * _f;

    public override void Forward(IOps ops, CaseTensors t) => ops.GatedActivationForward(_kind, t["gateUp"], t["y"]);

    public override void Backward(IOps ops, CaseTensors t)
    {
        Tensor gateUp = t["gateUp"];
        if (_isInPlace)
        {
            ops.Copy(gateUp, t["dGateUp"]);
            gateUp = t["dGateUp"];
        }

        ops.GatedActivationBackward(_kind, gateUp, t["dY"], t["dGateUp"]);
    }

    protected override long Touched(CasePhase phase, Operand operand) => phase == CasePhase.Backward && operand.Name == "y" ? 0 : base.Touched(phase, operand);

    internal override void BoundForward(Values v, double u, Values bounds)
    {
        (double[] x, double[] y) = (v["gateUp"], v["y"]);
        double[] bound = new double[y.Length];
        for (int i = 0; i < y.Length; i++)
        {
            int gate = (i / _f * 2 * _f) + (i % _f);
            bound[i] = (Math.Abs(x[gate + _f]) * ActivationBound.OfValue(_kind, x[gate], u)) + (u * Math.Abs(y[i])) + ErrorBounds.Underflow;
        }

        bounds["y"] = bound;
    }

    internal override void BoundBackward(Values v, double u, Values bounds)
    {
        (double[] x, double[] dy, double[] d) = (v["gateUp"], v["dY"], v["dGateUp"]);
        double[] bound = new double[x.Length];
        for (int i = 0; i < dy.Length; i++)
        {
            int gate = (i / _f * 2 * _f) + (i % _f);
            int up = gate + _f;
            bound[gate] = (Math.Abs(dy[i] * x[up]) * ActivationBound.OfDerivative(_kind, x[gate], u)) + (2 * u * Math.Abs(d[gate])) + ErrorBounds.Underflow;
            bound[up] = (Math.Abs(dy[i]) * ActivationBound.OfValue(_kind, x[gate], u)) + (u * Math.Abs(d[up])) + ErrorBounds.Underflow;
        }

        bounds["dGateUp"] = bound;
    }
}
