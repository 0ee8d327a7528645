using FastAlign.Core;

namespace FastAlign.Kernels.Conformance;

/// <summary><c>x = value</c>; exact.</summary>
internal sealed class FillCase : KernelCase
{
    private const double Value = -0.375;

    public FillCase(string variant, Shape shape, int padding = 0)
        : base("fill", variant) => Output("x", shape, padding);

    public override long ForwardFlops => 0;

    public override void Forward(IOps ops, CaseTensors t) => ops.Fill(t["x"], Value);
}

/// <summary><c>y = x</c> between storage types; exact up to one rounding to nearest even, which the reference makes too.</summary>
internal sealed class CopyCase : KernelCase
{
    public CopyCase(string variant, Shape shape, DType? from, DType? to, int paddingX = 0, int paddingY = 0)
        : base("copy", variant)
    {
        Philox random = Stream();
        double[] values = new double[shape.Length];
        for (int i = 0; i < values.Length; i++)
        {
            float value = (float)(random.Normal((ulong)i) * Math.Pow(10, random.Integer((ulong)(values.Length + i), 12) - 6));
            values[i] = from == DType.I32 ? random.Integer((ulong)i, 50000) : from == DType.BF16 ? RoundToBfloat16(value) : i % 5 == 3 ? HalfwayBfloat16(value) : value;
        }

        Input("x", shape, values, from, paddingX);
        Output("y", shape, paddingY, to);
    }

    public override long ForwardFlops => 0;

    public override void Forward(IOps ops, CaseTensors t) => ops.Copy(t["x"], t["y"]);

    private static double RoundToBfloat16(float value) => BitConverter.UInt32BitsToSingle((uint)StoredNumber.Bfloat16(value) << 16);

    /// <summary>A float exactly between two neighbours in BF16: shows which way ties go.</summary>
    private static double HalfwayBfloat16(float value) => BitConverter.UInt32BitsToSingle((BitConverter.SingleToUInt32Bits(value) & 0xFFFF0000) | 0x8000);
}

/// <summary><c>y += scale * x</c></summary>
internal sealed class AddCase : KernelCase
{
    private readonly double _scale;

    public AddCase(string variant, Shape shape, double scale, int paddingX = 0, int paddingY = 0)
        : base("add", variant)
    {
        _scale = scale;
        Input("x", shape, padding: paddingX);
        Sum("y", shape, paddingY);
    }

    public override long ForwardFlops => 2 * Find("x").Shape.Length;

    public override void Forward(IOps ops, CaseTensors t) => ops.Add(t["x"], _scale, t["y"]);

    /// <summary>Three roundings: the scale, the product, the sum. On absolute values with a negative scale the terms would cancel, hence by hand.</summary>
    internal override void BoundForward(Values v, double u, Values bounds)
    {
        double[] x = v["x"];
        double[] y = Find("y").Values;
        double[] bound = new double[x.Length];
        for (int i = 0; i < bound.Length; i++)
        {
            bound[i] = 3 * u * (Math.Abs(_scale * x[i]) + Math.Abs(y[i]));
        }

        bounds["y"] = bound;
    }
}

/// <summary><c>x *= scale</c></summary>
internal sealed class ScaleCase : KernelCase
{
    private const double Factor = 0.3;

    public ScaleCase(string variant, Shape shape)
        : base("scale", variant) => Sum("x", shape);

    public override long ForwardFlops => Find("x").Shape.Length;

    public override void Forward(IOps ops, CaseTensors t) => ops.Scale(t["x"], Factor);

    /// <summary>Two roundings: the factor and the product.</summary>
    internal override void BoundForward(Values v, double u, Values bounds) => bounds["x"] = ErrorBounds.Relative(v["x"], 2, u);
}

/// <summary>Sum of squares of all elements, in double.</summary>
internal sealed class SumOfSquaresCase : KernelCase
{
    private const double DoubleRoundoff = 1.0 / (1L << 53);

    public SumOfSquaresCase(string variant, Shape shape)
        : base("sum_of_squares", variant)
    {
        Input("x", shape);
        Output("sum", new Shape(1), type: DType.F64);
    }

    public override long ForwardFlops => 2 * Find("x").Shape.Length;

    public override void Forward(IOps ops, CaseTensors t) => t.Report("sum", ops.SumOfSquares(t["x"]));

    /// <summary>Two sums in double, the reference's own included.</summary>
    internal override void BoundForward(Values v, double u, Values bounds) =>
        bounds["sum"] = ErrorBounds.Relative(v["sum"], 2 * (Find("x").Shape.Length + 1), DoubleRoundoff);
}

/// <summary>Rows by index, and its adjoint: embedding look-up and embedding gradient.</summary>
internal sealed class GatherRowsCase : KernelCase
{
    private readonly Write _write;

    public GatherRowsCase(string variant, int tableRows, int rows, int width, Write write, int paddingDy = 0)
        : base("gather_rows", variant)
    {
        _write = write;
        Input("x", new Shape(tableRows, width));
        Ids("rows", rows, tableRows);
        var shape = new Shape(rows, width);
        if (write == Write.Assign)
        {
            Output("y", shape);
        }
        else
        {
            Sum("y", shape);
        }

        Cotangent("y", shape, paddingDy);
        Gradient("x", Write.Add);
    }

    public override long ForwardFlops => _write == Write.Add ? Find("y").Shape.Length : 0;

    public override long BackwardFlops => Find("y").Shape.Length;

    /// <summary>Only the rows that are named are touched.</summary>
    protected override long Touched(CasePhase phase, Operand operand) =>
        operand.Name switch
        {
            "x" or "dX" => (phase == CasePhase.Forward) == (operand.Name == "x") ? Find("y").Shape.Length : 0,
            "y" when phase == CasePhase.Backward => 0,
            _ => base.Touched(phase, operand),
        };

    public override void Forward(IOps ops, CaseTensors t) => ops.GatherRows(t["x"], t["rows"], _write, t["y"]);

    public override void Backward(IOps ops, CaseTensors t) => ops.ScatterRows(t["dY"], t["rows"], Write.Add, t["dX"]);

    internal override void BoundForward(Values v, double u, Values bounds)
    {
        if (_write == Write.Add)
        {
            ErrorBounds.OfSums(this, CasePhase.Forward, v, 1, u, bounds);
        }
    }

    /// <summary>At most one addition per row onto each element.</summary>
    internal override void BoundBackward(Values v, double u, Values bounds) =>
        ErrorBounds.OfSums(this, CasePhase.Backward, v, Find("rows").Shape[0], u, bounds);
}

/// <summary>Rows assigned by distinct indices, as a key-value cache is filled; other rows keep what they held.</summary>
internal sealed class ScatterRowsCase : KernelCase
{
    public ScatterRowsCase(string variant, int tableRows, int rows, int width, int padding = 0)
        : base("scatter_rows", variant)
    {
        Input("x", new Shape(rows, width), padding: padding);
        int[] order = Stream().Permutation(tableRows);
        Input("rows", new Shape(rows), Array.ConvertAll(order[..rows], static row => (double)row), DType.I32);
        Sum("y", new Shape(tableRows, width));
    }

    public override long ForwardFlops => 0;

    public override void Forward(IOps ops, CaseTensors t) => ops.ScatterRows(t["x"], t["rows"], Write.Assign, t["y"]);
}
