namespace FastAlign.Core;

/// <summary>Ops that do nothing: the arithmetic of <see cref="NullBackend"/>.</summary>
internal sealed class NullOps : IOps
{
    public void Fill(Tensor x, double value)
    {
    }

    public void Copy(Tensor x, Tensor y)
    {
    }

    public void Add(Tensor x, double scale, Tensor y)
    {
    }

    public void Scale(Tensor x, double scale)
    {
    }

    public double SumOfSquares(Tensor x) => 0;

    public void GatherRows(Tensor x, Tensor rows, Write write, Tensor y)
    {
    }

    public void ScatterRows(Tensor x, Tensor rows, Write write, Tensor y)
    {
    }

    public void RmsNormForward(Tensor x, Tensor w, NormSpec spec, Tensor y, Tensor rstd)
    {
    }

    public void RmsNormBackward(Tensor x, Tensor w, Tensor rstd, Tensor dy, NormSpec spec, Write write, Tensor dx, Tensor dw)
    {
    }

    public void LayerNormForward(Tensor x, Tensor w, Tensor b, NormSpec spec, Tensor y, Tensor mean, Tensor rstd)
    {
    }

    public void LayerNormBackward(LayerNormSaved saved, Tensor w, Tensor dy, NormSpec spec, Write write, Tensor dx, Tensor dw, Tensor db)
    {
    }

    public void LinearForward(Tensor x, Tensor w, Tensor bias, Tensor residual, Tensor y)
    {
    }

    public void LinearBackwardInput(Tensor dy, Tensor w, Write write, Tensor dx)
    {
    }

    public void LinearBackwardWeight(Tensor x, Tensor dy, Tensor dw, Tensor dbias)
    {
    }

    public void Rotary(Tensor x, Tensor positions, Tensor table, RotaryPairing pairing, RotaryDirection direction)
    {
    }

    public void ActivationForward(Activation kind, Tensor x, Tensor y)
    {
    }

    public void ActivationBackward(Activation kind, Tensor x, Tensor dy, Tensor dx)
    {
    }

    public void GatedActivationForward(Activation kind, Tensor gateUp, Tensor y)
    {
    }

    public void GatedActivationBackward(Activation kind, Tensor gateUp, Tensor dy, Tensor dGateUp)
    {
    }

    public void AttentionForward(in AttentionTensors tensors, AttentionLayout layout, AttentionSpec spec)
    {
    }

    public void AttentionBackward(in AttentionTensors tensors, AttentionLayout layout, AttentionSpec spec, Tensor dy, Tensor dq, Tensor dk, Tensor dv)
    {
    }

    public void LogProbHeadForward(in HeadInputs inputs, HeadSpec spec, in HeadOutputs outputs)
    {
    }

    public void LogProbHeadBackward(in HeadInputs inputs, HeadSpec spec, in HeadOutputs outputs, in HeadGradients gradients)
    {
    }

    public void DivergenceHeadForward(in VocabularyRows student, in VocabularyRows teacher, DivergenceSpec spec, in DivergenceOutputs outputs)
    {
    }

    public void DivergenceHeadBackward(
        in VocabularyRows student, in VocabularyRows teacher, DivergenceSpec spec, in DivergenceOutputs outputs, Tensor dValue, in VocabularyGradients gradients)
    {
    }

    public void TopTokens(in VocabularyRows rows, Tensor logits, Tensor ids)
    {
    }

    public void SelectedLogProbsForward(in VocabularyRows rows, HeadSpec spec, Tensor ids, Tensor logProb)
    {
    }

    public void SelectedLogProbsBackward(in VocabularyRows rows, HeadSpec spec, Tensor ids, Tensor dLogProb, in VocabularyGradients gradients)
    {
    }

    public void AdamW(AdamWStep step, Tensor parameters, Tensor gradients, Tensor firstMoment, Tensor secondMoment)
    {
    }
}
