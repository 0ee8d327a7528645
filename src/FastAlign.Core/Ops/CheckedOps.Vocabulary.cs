namespace FastAlign.Core;

/// <summary>Ops over the vocabulary of one or two models.</summary>
public sealed partial class CheckedOps
{
    public void DivergenceHeadForward(in VocabularyRows student, in VocabularyRows teacher, DivergenceSpec spec, in DivergenceOutputs outputs)
    {
        const string Op = OpNames.DivergenceHead;
        Divergence(Op, student, teacher, spec, outputs);
        OperandCheck.Contiguous(Op, "value", outputs.Value, new Shape(student.X.Rows), student.X.Type);
        _inner.DivergenceHeadForward(student, teacher, spec, outputs);
    }

    public void DivergenceHeadBackward(
        in VocabularyRows student, in VocabularyRows teacher, DivergenceSpec spec, in DivergenceOutputs outputs, Tensor dValue, in VocabularyGradients gradients)
    {
        const string Op = OpNames.DivergenceHeadBackward;
        Divergence(Op, student, teacher, spec, outputs);
        OperandCheck.Contiguous(Op, "dValue", dValue, new Shape(student.X.Rows), student.X.Type);
        Gradients(Op, student, gradients);
        OperandCheck.Apart(Op, "dx", gradients.X, "the teacher's x", teacher.X);
        OperandCheck.Apart(Op, "dw", gradients.W, "the teacher's w", teacher.W);
        _inner.DivergenceHeadBackward(student, teacher, spec, outputs, dValue, gradients);
    }

    public void TopTokens(in VocabularyRows rows, Tensor logits, Tensor ids)
    {
        const string Op = OpNames.TopTokens;
        Rows(Op, rows, "x", "w");
        OperandCheck.Rank(Op, "logits", logits, 2);
        OperandCheck.Contiguous(Op, "logits", logits, new Shape(rows.X.Rows, logits.Shape[1]), rows.X.Type);
        if (logits.Shape[1] > rows.W.Rows)
        {
            OperandCheck.Throw(Op, "logits", $"at most {rows.W.Rows} columns", logits.Shape.ToString());
        }

        OperandCheck.Extent(Op, "ids", ids, logits.Shape);
        OperandCheck.Compact(Op, "ids", ids);
        if (ids.Type != DType.I32)
        {
            OperandCheck.Throw(Op, "ids", "I32", ids.Type.ToString());
        }

        _inner.TopTokens(rows, logits, ids);
    }

    public void SelectedLogProbsForward(in VocabularyRows rows, HeadSpec spec, Tensor ids, Tensor logProb)
    {
        const string Op = OpNames.SelectedLogProbs;
        Selected(Op, rows, spec, ids, "logProb", logProb);
        _inner.SelectedLogProbsForward(rows, spec, ids, logProb);
    }

    public void SelectedLogProbsBackward(in VocabularyRows rows, HeadSpec spec, Tensor ids, Tensor dLogProb, in VocabularyGradients gradients)
    {
        const string Op = OpNames.SelectedLogProbsBackward;
        Selected(Op, rows, spec, ids, "dLogProb", dLogProb);
        Gradients(Op, rows, gradients);
        _inner.SelectedLogProbsBackward(rows, spec, ids, dLogProb, gradients);
    }

    private void Rows(string op, in VocabularyRows rows, string x, string w)
    {
        OperandCheck.Rank(op, x, rows.X, 2);
        OperandCheck.Rank(op, w, rows.W, 2);
        OperandCheck.Contiguous(op, x, rows.X, rows.X.Shape, rows.X.Type);
        Weights(op, w, rows.W, new Shape(rows.W.Rows, rows.X.Shape[1]), rows.X.Type);
        OperandCheck.Optional(op, "bias", rows.Bias, new Shape(rows.W.Rows), rows.X.Type);
    }

    private void Divergence(string op, in VocabularyRows student, in VocabularyRows teacher, DivergenceSpec spec, in DivergenceOutputs outputs)
    {
        DType type = student.X.Type;
        var perRow = new Shape(student.X.Rows);
        Rows(op, student, "x", "w");
        Rows(op, teacher, "the teacher's x", "the teacher's w");
        OperandCheck.Contiguous(op, "the teacher's x", teacher.X, new Shape(student.X.Rows, teacher.X.Shape[1]), type);
        Weights(op, "the teacher's w", teacher.W, new Shape(student.W.Rows, teacher.X.Shape[1]), type);
        OperandCheck.Contiguous(op, "logZ", student.LogZ, perRow, type);
        OperandCheck.Contiguous(op, "the teacher's logZ", teacher.LogZ, perRow, type);
        OperandCheck.Contiguous(op, "slopeSum", outputs.SlopeSum, perRow, type);
        Spec(op, spec.Student);
        Spec(op, spec.Teacher);
        if (spec.Beta is not (>= 0 and <= 1))
        {
            OperandCheck.Throw(op, "beta", "0 to 1", $"{spec.Beta}");
        }
    }

    private void Selected(string op, in VocabularyRows rows, HeadSpec spec, Tensor ids, string name, Tensor perToken)
    {
        Rows(op, rows, "x", "w");
        OperandCheck.Contiguous(op, "logZ", rows.LogZ, new Shape(rows.X.Rows), rows.X.Type);
        OperandCheck.Rank(op, "ids", ids, 2);
        OperandCheck.Extent(op, "ids", ids, new Shape(rows.X.Rows, ids.Shape[1]));
        OperandCheck.Compact(op, "ids", ids);
        OperandCheck.Ids(op, "ids", ids.Reshape(new Shape((int)ids.Length)), (int)ids.Length, rows.W.Rows);
        OperandCheck.Contiguous(op, name, perToken, ids.Shape, rows.X.Type);
        Spec(op, spec);
    }

    private static void Gradients(string op, in VocabularyRows rows, in VocabularyGradients gradients)
    {
        DType type = rows.X.Type;
        OperandCheck.Contiguous(op, "dx", gradients.X, rows.X.Shape, type);
        OperandCheck.Optional(op, "dw", gradients.W, rows.W.Shape, type);
        OperandCheck.Optional(op, "dbias", gradients.Bias, new Shape(rows.W.Rows), type);
        OperandCheck.Apart(op, "dx", gradients.X, "x", rows.X);
        OperandCheck.Apart(op, "dw", gradients.W, "w", rows.W);
    }

    private static void Spec(string op, HeadSpec spec)
    {
        if (!(spec.Temperature > 0) || spec.SoftCap < 0)
        {
            OperandCheck.Throw(op, "spec", "a temperature above 0 and a cap of 0 or more", spec.ToString());
        }
    }
}
