namespace FastAlign.Core;

/// <summary>
/// Checks shape, type, strides and aliasing of every call before another <see cref="IOps"/> runs it, and ids where they lie in host memory:
/// kernels behind it trust their operands. Throws <see cref="ShapeException"/>: <c>[rms_norm] w: expected [2048], got [1024]</c>.
/// </summary>
public sealed partial class CheckedOps : IOps
{
    private readonly IOps _inner;
    private readonly bool _readsBrainFloat;

    private CheckedOps(IOps inner, bool readsBrainFloat) => (_inner, _readsBrainFloat) = (inner, readsBrainFloat);

    /// <param name="inner">Runs what is right.</param>
    /// <param name="readsBrainFloat">Whether it reads weights stored as BF16 (<see cref="Backend.ReadsBrainFloatWeights"/>).</param>
    public static CheckedOps Wrap(IOps inner, bool readsBrainFloat = false) => new(inner, readsBrainFloat);

    public void Fill(Tensor x, double value)
    {
        const string Op = OpNames.Fill;
        OperandCheck.Strided(Op, "x", x, x.Shape, x.Type);
        _inner.Fill(x, value);
    }

    public void Copy(Tensor x, Tensor y)
    {
        const string Op = OpNames.Copy;
        OperandCheck.Extent(Op, "x", x, x.Shape);
        OperandCheck.Extent(Op, "y", y, x.Shape);
        if ((x.Type == DType.I32) != (y.Type == DType.I32))
        {
            OperandCheck.Throw(Op, "y", x.Type == DType.I32 ? "I32" : "a real type", y.Type.ToString());
        }

        OperandCheck.Apart(Op, "y", y, "x", x);
        _inner.Copy(x, y);
    }

    public void Add(Tensor x, double scale, Tensor y)
    {
        const string Op = OpNames.Add;
        OperandCheck.Strided(Op, "x", x, x.Shape, x.Type);
        OperandCheck.Strided(Op, "y", y, x.Shape, x.Type);
        OperandCheck.SameOrApart(Op, "y", y, "x", x);
        _inner.Add(x, scale, y);
    }

    public void Scale(Tensor x, double scale)
    {
        OperandCheck.Contiguous(OpNames.Scale, "x", x, x.Shape, x.Type);
        _inner.Scale(x, scale);
    }

    public double SumOfSquares(Tensor x)
    {
        OperandCheck.Contiguous(OpNames.SumOfSquares, "x", x, x.Shape, x.Type);
        return _inner.SumOfSquares(x);
    }

    public void GatherRows(Tensor x, Tensor rows, Write write, Tensor y)
    {
        const string Op = OpNames.GatherRows;
        OperandCheck.Rank(Op, "x", x, 2);
        OperandCheck.Rank(Op, "y", y, 2);
        Weights(Op, "x", x, x.Shape, y.Type);
        OperandCheck.Contiguous(Op, "y", y, new Shape(y.Rows, x.Shape[1]), y.Type);
        OperandCheck.Ids(Op, "rows", rows, y.Rows, x.Rows);
        OperandCheck.Apart(Op, "y", y, "x", x);
        _inner.GatherRows(x, rows, write, y);
    }

    public void ScatterRows(Tensor x, Tensor rows, Write write, Tensor y)
    {
        const string Op = OpNames.ScatterRows;
        OperandCheck.Rank(Op, "x", x, 2);
        OperandCheck.Rank(Op, "y", y, 2);
        OperandCheck.Strided(Op, "x", x, x.Shape, x.Type);
        OperandCheck.Contiguous(Op, "y", y, new Shape(y.Rows, x.Shape[1]), x.Type);
        OperandCheck.Ids(Op, "rows", rows, x.Rows, y.Rows);
        OperandCheck.Apart(Op, "y", y, "x", x);
        _inner.ScatterRows(x, rows, write, y);
    }

    public void AdamW(AdamWStep step, Tensor parameters, Tensor gradients, Tensor firstMoment, Tensor secondMoment)
    {
        const string Op = OpNames.AdamW;
        OperandCheck.Contiguous(Op, "parameters", parameters, parameters.Shape, parameters.Type);
        OperandCheck.Contiguous(Op, "gradients", gradients, parameters.Shape, parameters.Type);
        OperandCheck.Contiguous(Op, "firstMoment", firstMoment, parameters.Shape, parameters.Type);
        OperandCheck.Contiguous(Op, "secondMoment", secondMoment, parameters.Shape, parameters.Type);
        OperandCheck.Apart(Op, "gradients", gradients, "parameters", parameters);
        OperandCheck.Apart(Op, "firstMoment", firstMoment, "parameters", parameters);
        OperandCheck.Apart(Op, "secondMoment", secondMoment, "parameters", parameters);
        OperandCheck.Apart(Op, "firstMoment", firstMoment, "gradients", gradients);
        OperandCheck.Apart(Op, "secondMoment", secondMoment, "gradients", gradients);
        OperandCheck.Apart(Op, "secondMoment", secondMoment, "firstMoment", firstMoment);
        if (step.Step < 1)
        {
            OperandCheck.Throw(Op, "step", "1 or more", $"{step.Step}");
        }

        _inner.AdamW(step, parameters, gradients, firstMoment, secondMoment);
    }

    /// <summary>A contiguous matrix that an op reads and never writes: of the op's own type or, where the backend can read it, BF16.</summary>
    private void Weights(string op, string name, Tensor weights, Shape expected, DType type)
    {
        if (_readsBrainFloat && type == DType.F32 && weights.Type == DType.BF16)
        {
            OperandCheck.Extent(op, name, weights, expected);
            OperandCheck.Compact(op, name, weights);
        }
        else
        {
            OperandCheck.Contiguous(op, name, weights, expected, type);
        }
    }
}
