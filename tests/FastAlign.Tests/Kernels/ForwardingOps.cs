using FastAlign.Core;

namespace FastAlign.Tests.Kernels;

/// <summary>Hands every op on; mutants override one.</summary>
internal class ForwardingOps(IOps inner) : IOps
{
    protected IOps Inner { get; } = inner;

    public virtual void Fill(Tensor x, double value) => Inner.Fill(x, value);

    public virtual void Copy(Tensor x, Tensor y) => Inner.Copy(x, y);

    public virtual void Add(Tensor x, double scale, Tensor y) => Inner.Add(x, scale, y);

    public virtual void Scale(Tensor x, double scale) => Inner.Scale(x, scale);

    public virtual double SumOfSquares(Tensor x) => Inner.SumOfSquares(x);

    public virtual void GatherRows(Tensor x, Tensor rows, Write write, Tensor y) => Inner.GatherRows(x, rows, write, y);

    public virtual void ScatterRows(Tensor x, Tensor rows, Write write, Tensor y) => Inner.ScatterRows(x, rows, write, y);

    public virtual void RmsNormForward(Tensor x, Tensor w, NormSpec spec, Tensor y, Tensor rstd) => Inner.RmsNormForward(x, w, spec, y, rstd);

    public virtual void RmsNormBackward(Tensor x, Tensor w, Tensor rstd, Tensor dy, NormSpec spec, Write write, Tensor dx, Tensor dw) =>
        Inner.RmsNormBackward(x, w, rstd, dy, spec, write, dx, dw);

    public virtual void LayerNormForward(Tensor x, Tensor w, Tensor b, NormSpec spec, Tensor y, Tensor mean, Tensor rstd) =>
        Inner.LayerNormForward(x, w, b, spec, y, mean, rstd);

    public virtual void LayerNormBackward(LayerNormSaved saved, Tensor w, Tensor dy, NormSpec spec, Write write, Tensor dx, Tensor dw, Tensor db) =>
        Inner.LayerNormBackward(saved, w, dy, spec, write, dx, dw, db);

    public virtual void LinearForward(Tensor x, Tensor w, Tensor bias, Tensor residual, Tensor y) => Inner.LinearForward(x, w, bias, residual, y);

    public virtual void LinearBackwardInput(Tensor dy, Tensor w, Write write, Tensor dx) => Inner.LinearBackwardInput(dy, w, write, dx);

    public virtual void LinearBackwardWeight(Tensor x, Tensor dy, Tensor dw, Tensor dbias) => Inner.LinearBackwardWeight(x, dy, dw, dbias);

    public virtual void Rotary(Tensor x, Tensor positions, Tensor table, RotaryPairing pairing, RotaryDirection direction) =>
        Inner.Rotary(x, positions, table, pairing, direction);

    public virtual void ActivationForward(Activation kind, Tensor x, Tensor y) => Inner.ActivationForward(kind, x, y);

    public virtual void ActivationBackward(Activation kind, Tensor x, Tensor dy, Tensor dx) => Inner.ActivationBackward(kind, x, dy, dx);

    public virtual void GatedActivationForward(Activation kind, Tensor gateUp, Tensor y) => Inner.GatedActivationForward(kind, gateUp, y);

    public virtual void GatedActivationBackward(Activation kind, Tensor gateUp, Tensor dy, Tensor dGateUp) =>
        Inner.GatedActivationBackward(kind, gateUp, dy, dGateUp);

    public virtual void AttentionForward(in AttentionTensors tensors, AttentionLayout layout, AttentionSpec spec) =>
        Inner.AttentionForward(tensors, layout, spec);

    public virtual void AttentionBackward(
        in AttentionTensors tensors, AttentionLayout layout, AttentionSpec spec, Tensor dy, Tensor dq, Tensor dk, Tensor dv) =>
        Inner.AttentionBackward(tensors, layout, spec, dy, dq, dk, dv);

    public virtual void LogProbHeadForward(in HeadInputs inputs, HeadSpec spec, in HeadOutputs outputs) =>
        Inner.LogProbHeadForward(inputs, spec, outputs);

    public virtual void LogProbHeadBackward(in HeadInputs inputs, HeadSpec spec, in HeadOutputs outputs, in HeadGradients gradients) =>
        Inner.LogProbHeadBackward(inputs, spec, outputs, gradients);

    public virtual void DivergenceHeadForward(in VocabularyRows student, in VocabularyRows teacher, DivergenceSpec spec, in DivergenceOutputs outputs) =>
        Inner.DivergenceHeadForward(student, teacher, spec, outputs);

    public virtual void DivergenceHeadBackward(
        in VocabularyRows student, in VocabularyRows teacher, DivergenceSpec spec, in DivergenceOutputs outputs, Tensor dValue, in VocabularyGradients gradients) =>
        Inner.DivergenceHeadBackward(student, teacher, spec, outputs, dValue, gradients);

    public virtual void TopTokens(in VocabularyRows rows, Tensor logits, Tensor ids) => Inner.TopTokens(rows, logits, ids);

    public virtual void SelectedLogProbsForward(in VocabularyRows rows, HeadSpec spec, Tensor ids, Tensor logProb) =>
        Inner.SelectedLogProbsForward(rows, spec, ids, logProb);

    public virtual void SelectedLogProbsBackward(in VocabularyRows rows, HeadSpec spec, Tensor ids, Tensor dLogProb, in VocabularyGradients gradients) =>
        Inner.SelectedLogProbsBackward(rows, spec, ids, dLogProb, gradients);

    public virtual void AdamW(AdamWStep step, Tensor parameters, Tensor gradients, Tensor firstMoment, Tensor secondMoment) =>
        Inner.AdamW(step, parameters, gradients, firstMoment, secondMoment);
}
