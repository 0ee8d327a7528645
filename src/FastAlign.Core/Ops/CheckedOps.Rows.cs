namespace FastAlign.Core;

public sealed partial class CheckedOps
{
    public void RmsNormForward(Tensor x, Tensor w, NormSpec spec, Tensor y, Tensor rstd)
    {
        const string Op = OpNames.RmsNorm;
        Shape statistics = NormOperands(Op, x, w);
        OperandCheck.Strided(Op, "y", y, x.Shape, x.Type);
        OperandCheck.Contiguous(Op, "rstd", rstd, statistics, x.Type);
        OperandCheck.SameOrApart(Op, "y", y, "x", x);
        _inner.RmsNormForward(x, w, spec, y, rstd);
    }

    public void RmsNormBackward(Tensor x, Tensor w, Tensor rstd, Tensor dy, NormSpec spec, Write write, Tensor dx, Tensor dw)
    {
        const string Op = OpNames.RmsNormBackward;
        Shape statistics = NormOperands(Op, x, w);
        OperandCheck.Contiguous(Op, "rstd", rstd, statistics, x.Type);
        NormGradients(Op, x, w, dy, write, dx, dw);
        _inner.RmsNormBackward(x, w, rstd, dy, spec, write, dx, dw);
    }

    public void LayerNormForward(Tensor x, Tensor w, Tensor b, NormSpec spec, Tensor y, Tensor mean, Tensor rstd)
    {
        const string Op = OpNames.LayerNorm;
        Shape statistics = NormOperands(Op, x, w);
        OperandCheck.Optional(Op, "b", b, w.Shape, x.Type);
        OperandCheck.Strided(Op, "y", y, x.Shape, x.Type);
        OperandCheck.Contiguous(Op, "mean", mean, statistics, x.Type);
        OperandCheck.Contiguous(Op, "rstd", rstd, statistics, x.Type);
        OperandCheck.SameOrApart(Op, "y", y, "x", x);
        _inner.LayerNormForward(x, w, b, spec, y, mean, rstd);
    }

    public void LayerNormBackward(LayerNormSaved saved, Tensor w, Tensor dy, NormSpec spec, Write write, Tensor dx, Tensor dw, Tensor db)
    {
        const string Op = OpNames.LayerNormBackward;
        Shape statistics = NormOperands(Op, saved.X, w);
        OperandCheck.Contiguous(Op, "mean", saved.Mean, statistics, saved.X.Type);
        OperandCheck.Contiguous(Op, "rstd", saved.Rstd, statistics, saved.X.Type);
        NormGradients(Op, saved.X, w, dy, write, dx, dw);
        OperandCheck.Optional(Op, "db", db, w.Shape, saved.X.Type);
        _inner.LayerNormBackward(saved, w, dy, spec, write, dx, dw, db);
    }

    public void Rotary(Tensor x, Tensor positions, Tensor table, RotaryPairing pairing, RotaryDirection direction)
    {
        const string Op = OpNames.Rotary;
        OperandCheck.Rank(Op, "x", x, 3);
        OperandCheck.Rank(Op, "table", table, 2);
        OperandCheck.Strided(Op, "x", x, x.Shape, x.Type);
        OperandCheck.Contiguous(Op, "table", table, table.Shape, x.Type);
        if (table.Shape[1] % 2 != 0 || table.Shape[1] > x.Shape[2])
        {
            OperandCheck.Throw(Op, "table", $"an even width of at most {x.Shape[2]}", table.Shape.ToString());
        }

        OperandCheck.Ids(Op, "positions", positions, x.Rows, table.Rows);
        _inner.Rotary(x, positions, table, pairing, direction);
    }

    public void ActivationForward(Activation kind, Tensor x, Tensor y)
    {
        const string Op = OpNames.Activation;
        OperandCheck.Rank(Op, "x", x, 2);
        OperandCheck.Contiguous(Op, "x", x, x.Shape, x.Type);
        OperandCheck.Contiguous(Op, "y", y, x.Shape, x.Type);
        OperandCheck.SameOrApart(Op, "y", y, "x", x);
        _inner.ActivationForward(kind, x, y);
    }

    public void ActivationBackward(Activation kind, Tensor x, Tensor dy, Tensor dx)
    {
        const string Op = OpNames.ActivationBackward;
        OperandCheck.Rank(Op, "x", x, 2);
        OperandCheck.Contiguous(Op, "x", x, x.Shape, x.Type);
        OperandCheck.Contiguous(Op, "dy", dy, x.Shape, x.Type);
        OperandCheck.Contiguous(Op, "dx", dx, x.Shape, x.Type);
        OperandCheck.SameOrApart(Op, "dx", dx, "dy", dy);
        _inner.ActivationBackward(kind, x, dy, dx);
    }

    public void GatedActivationForward(Activation kind, Tensor gateUp, Tensor y)
    {
        const string Op = OpNames.GatedActivation;
        OperandCheck.Rank(Op, "y", y, 2);
        OperandCheck.Contiguous(Op, "y", y, y.Shape, y.Type);
        OperandCheck.Contiguous(Op, "gateUp", gateUp, new Shape(y.Rows, 2 * y.Shape[1]), y.Type);
        OperandCheck.Apart(Op, "y", y, "gateUp", gateUp);
        _inner.GatedActivationForward(kind, gateUp, y);
    }

    public void GatedActivationBackward(Activation kind, Tensor gateUp, Tensor dy, Tensor dGateUp)
    {
        const string Op = OpNames.GatedActivationBackward;
        OperandCheck.Rank(Op, "dy", dy, 2);
        OperandCheck.Contiguous(Op, "dy", dy, dy.Shape, dy.Type);
        OperandCheck.Contiguous(Op, "gateUp", gateUp, new Shape(dy.Rows, 2 * dy.Shape[1]), dy.Type);
        OperandCheck.Contiguous(Op, "dGateUp", dGateUp, gateUp.Shape, dy.Type);
        OperandCheck.SameOrApart(Op, "dGateUp", dGateUp, "gateUp", gateUp);
        OperandCheck.Apart(Op, "dGateUp", dGateUp, "dy", dy);
        _inner.GatedActivationBackward(kind, gateUp, dy, dGateUp);
    }

    /// <summary>Checks x [N, C] or [N, H, D] and w [C] or [D]; returns the shape of the statistics, [N] or [N, H].</summary>
    private static Shape NormOperands(string op, Tensor x, Tensor w)
    {
        OperandCheck.Strided(op, "x", x, x.Shape, x.Type);
        if (x.Shape.Rank is not (2 or 3))
        {
            OperandCheck.Throw(op, "x", "[N, C] or [N, H, D]", x.Shape.ToString());
        }

        OperandCheck.Contiguous(op, "w", w, new Shape(x.Shape.Last), x.Type);
        return x.Shape.Rank == 3 ? new Shape(x.Shape[0], x.Shape[1]) : new Shape(x.Shape[0]);
    }

    private static void NormGradients(string op, Tensor x, Tensor w, Tensor dy, Write write, Tensor dx, Tensor dw)
    {
        OperandCheck.Strided(op, "dy", dy, x.Shape, x.Type);
        OperandCheck.Strided(op, "dx", dx, x.Shape, x.Type);
        OperandCheck.Optional(op, "dw", dw, w.Shape, x.Type);
        if (write == Write.Assign)
        {
            OperandCheck.SameOrApart(op, "dx", dx, "dy", dy);
        }
        else
        {
            OperandCheck.Apart(op, "dx", dx, "dy", dy);
        }

        OperandCheck.Apart(op, "dx", dx, "x", x);
    }
}
