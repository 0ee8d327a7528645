namespace FastAlign.Core;

public sealed partial class CheckedOps
{
    public void LinearForward(Tensor x, Tensor w, Tensor bias, Tensor residual, Tensor y)
    {
        const string Op = OpNames.Linear;
        OperandCheck.Rank(Op, "x", x, 2);
        OperandCheck.Rank(Op, "w", w, 2);
        OperandCheck.Strided(Op, "x", x, x.Shape, x.Type);
        Weights(Op, "w", w, new Shape(w.Rows, x.Shape[1]), x.Type);
        OperandCheck.Optional(Op, "bias", bias, new Shape(w.Rows), x.Type);
        OperandCheck.Optional(Op, "residual", residual, new Shape(x.Rows, w.Rows), x.Type);
        OperandCheck.Strided(Op, "y", y, new Shape(x.Rows, w.Rows), x.Type);
        OperandCheck.SameOrApart(Op, "y", y, "residual", residual);
        OperandCheck.Apart(Op, "y", y, "x", x);
        OperandCheck.Apart(Op, "y", y, "w", w);
        _inner.LinearForward(x, w, bias, residual, y);
    }

    public void LinearBackwardInput(Tensor dy, Tensor w, Write write, Tensor dx)
    {
        const string Op = OpNames.LinearBackwardInput;
        OperandCheck.Rank(Op, "dy", dy, 2);
        OperandCheck.Rank(Op, "w", w, 2);
        OperandCheck.Strided(Op, "dy", dy, dy.Shape, dy.Type);
        Weights(Op, "w", w, new Shape(dy.Shape[1], w.Shape[1]), dy.Type);
        OperandCheck.Strided(Op, "dx", dx, new Shape(dy.Rows, w.Shape[1]), dy.Type);
        OperandCheck.Apart(Op, "dx", dx, "dy", dy);
        OperandCheck.Apart(Op, "dx", dx, "w", w);
        _inner.LinearBackwardInput(dy, w, write, dx);
    }

    public void LinearBackwardWeight(Tensor x, Tensor dy, Tensor dw, Tensor dbias)
    {
        const string Op = OpNames.LinearBackwardWeight;
        OperandCheck.Rank(Op, "x", x, 2);
        OperandCheck.Rank(Op, "dy", dy, 2);
        OperandCheck.Strided(Op, "x", x, x.Shape, x.Type);
        OperandCheck.Strided(Op, "dy", dy, new Shape(x.Rows, dy.Shape[1]), x.Type);
        OperandCheck.Contiguous(Op, "dw", dw, new Shape(dy.Shape[1], x.Shape[1]), x.Type);
        OperandCheck.Optional(Op, "dbias", dbias, new Shape(dy.Shape[1]), x.Type);
        OperandCheck.Apart(Op, "dw", dw, "x", x);
        OperandCheck.Apart(Op, "dw", dw, "dy", dy);
        _inner.LinearBackwardWeight(x, dy, dw, dbias);
    }

    public void AttentionForward(in AttentionTensors tensors, AttentionLayout layout, AttentionSpec spec)
    {
        const string Op = OpNames.Attention;
        AttentionOperands(Op, tensors, layout, spec);
        OperandCheck.Apart(Op, "y", tensors.Y, "q", tensors.Q);
        OperandCheck.Apart(Op, "y", tensors.Y, "k", tensors.K);
        OperandCheck.Apart(Op, "y", tensors.Y, "v", tensors.V);
        _inner.AttentionForward(tensors, layout, spec);
    }

    public void AttentionBackward(in AttentionTensors tensors, AttentionLayout layout, AttentionSpec spec, Tensor dy, Tensor dq, Tensor dk, Tensor dv)
    {
        const string Op = OpNames.AttentionBackward;
        AttentionOperands(Op, tensors, layout, spec);
        DType type = tensors.Q.Type;
        OperandCheck.Contiguous(Op, "dy", dy, tensors.Q.Shape, type);
        OperandCheck.Strided(Op, "dq", dq, tensors.Q.Shape, type);
        OperandCheck.Strided(Op, "dk", dk, tensors.K.Shape, type);
        OperandCheck.Strided(Op, "dv", dv, tensors.K.Shape, type);
        OperandCheck.Apart(Op, "dq", dq, "dy", dy);
        OperandCheck.Apart(Op, "dk", dk, "dq", dq);
        OperandCheck.Apart(Op, "dv", dv, "dq", dq);
        OperandCheck.Apart(Op, "dv", dv, "dk", dk);
        _inner.AttentionBackward(tensors, layout, spec, dy, dq, dk, dv);
    }

    public void LogProbHeadForward(in HeadInputs inputs, HeadSpec spec, in HeadOutputs outputs)
    {
        const string Op = OpNames.LogProbHead;
        HeadOperands(Op, inputs, spec, outputs);
        OperandCheck.Contiguous(Op, "logProb", outputs.LogProb, new Shape(inputs.X.Rows), inputs.X.Type);
        if (!outputs.ArgMax.IsNone)
        {
            OperandCheck.Extent(Op, "argMax", outputs.ArgMax, new Shape(inputs.X.Rows));
            if (outputs.ArgMax.Type != DType.I32)
            {
                OperandCheck.Throw(Op, "argMax", "I32", outputs.ArgMax.Type.ToString());
            }
        }

        _inner.LogProbHeadForward(inputs, spec, outputs);
    }

    public void LogProbHeadBackward(in HeadInputs inputs, HeadSpec spec, in HeadOutputs outputs, in HeadGradients gradients)
    {
        const string Op = OpNames.LogProbHeadBackward;
        HeadOperands(Op, inputs, spec, outputs);
        DType type = inputs.X.Type;
        var perRow = new Shape(inputs.X.Rows);
        OperandCheck.Contiguous(Op, "dLogProb", gradients.LogProb, perRow, type);
        OperandCheck.Optional(Op, "dEntropy", gradients.Entropy, perRow, type);
        OperandCheck.Contiguous(Op, "dx", gradients.X, inputs.X.Shape, type);
        OperandCheck.Optional(Op, "dw", gradients.W, inputs.W.Shape, type);
        OperandCheck.Optional(Op, "dbias", gradients.Bias, new Shape(inputs.W.Rows), type);
        OperandCheck.Apart(Op, "dx", gradients.X, "x", inputs.X);
        OperandCheck.Apart(Op, "dw", gradients.W, "w", inputs.W);
        if (!gradients.Entropy.IsNone && outputs.Entropy.IsNone)
        {
            OperandCheck.Throw(Op, "entropy", "the forward entropy, since its gradient is given", "none");
        }

        if (!outputs.Slope.IsNone && !(gradients.W.IsNone && gradients.Bias.IsNone && gradients.Entropy.IsNone))
        {
            OperandCheck.Throw(Op, "slope", "no gradients of w, bias and entropy, since a kept slope has none", "one of them");
        }

        _inner.LogProbHeadBackward(inputs, spec, outputs, gradients);
    }

    private static void AttentionOperands(string op, in AttentionTensors tensors, AttentionLayout layout, AttentionSpec spec)
    {
        (Tensor q, Tensor k) = (tensors.Q, tensors.K);
        OperandCheck.Rank(op, "q", q, 3);
        OperandCheck.Rank(op, "k", k, 3);
        OperandCheck.Strided(op, "q", q, q.Shape, q.Type);
        OperandCheck.Strided(op, "k", k, new Shape(k.Rows, k.Shape[1], q.Shape[2]), q.Type);
        if (k.Shape[1] == 0 || q.Shape[1] % k.Shape[1] != 0)
        {
            OperandCheck.Throw(op, "k", $"a number of heads that divides {q.Shape[1]}", k.Shape.ToString());
        }

        OperandCheck.Strided(op, "v", tensors.V, k.Shape, q.Type);
        OperandCheck.Contiguous(op, "y", tensors.Y, q.Shape, q.Type);
        OperandCheck.Contiguous(op, "logZ", tensors.LogZ, new Shape(q.Rows, q.Shape[1]), q.Type);
        if (spec.Window < 0 || spec.SoftCap < 0)
        {
            OperandCheck.Throw(op, "spec", "window and cap of 0 or more", spec.ToString());
        }

        for (int s = 0; s < layout.Segments.Length; s++)
        {
            Segment segment = layout.Segments[s];
            if (segment.Start + (long)segment.Length > k.Rows)
            {
                OperandCheck.Throw(op, $"segment {s}", $"rows below {k.Rows}", segment.ToString());
            }
        }

        foreach (QueryRun run in layout.Runs)
        {
            if (run.FirstRow < 0 || run.FirstRow + (long)run.Count > q.Rows)
            {
                OperandCheck.Throw(op, "run", $"rows below {q.Rows}", run.ToString());
            }
        }
    }

    private void HeadOperands(string op, in HeadInputs inputs, HeadSpec spec, in HeadOutputs outputs)
    {
        (Tensor x, Tensor w) = (inputs.X, inputs.W);
        OperandCheck.Rank(op, "x", x, 2);
        OperandCheck.Rank(op, "w", w, 2);
        OperandCheck.Contiguous(op, "x", x, x.Shape, x.Type);
        Weights(op, "w", w, new Shape(w.Rows, x.Shape[1]), x.Type);
        OperandCheck.Optional(op, "bias", inputs.Bias, new Shape(w.Rows), x.Type);
        OperandCheck.Ids(op, "targets", inputs.Targets, x.Rows, w.Rows);
        OperandCheck.Optional(op, "products", inputs.Products, new Shape(x.Rows, w.Rows), x.Type);
        var perRow = new Shape(x.Rows);
        OperandCheck.Contiguous(op, "logZ", outputs.LogZ, perRow, x.Type);
        OperandCheck.Optional(op, "entropy", outputs.Entropy, perRow, x.Type);
        OperandCheck.Optional(op, "logSumSquares", outputs.LogSumSquares, perRow, x.Type);
        OperandCheck.Optional(op, "meanLogit", outputs.MeanLogit, perRow, x.Type);
        OperandCheck.Optional(op, "slope", outputs.Slope, x.Shape, x.Type);
        OperandCheck.Apart(op, "slope", outputs.Slope, "x", x);
        Spec(op, spec);
    }
}
