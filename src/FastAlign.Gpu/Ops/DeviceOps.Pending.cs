using FastAlign.Core;

namespace FastAlign.Gpu;

/// <summary>Ops that no kernel does yet. An op leaves this file when its kernels come; <c>DeviceCaseTests</c> lists the same names.</summary>
internal sealed partial class DeviceOps
{
    public void DivergenceHeadForward(in VocabularyRows student, in VocabularyRows teacher, DivergenceSpec spec, in DivergenceOutputs outputs) =>
        throw Missing(OpNames.DivergenceHead);

    public void DivergenceHeadBackward(
        in VocabularyRows student, in VocabularyRows teacher, DivergenceSpec spec, in DivergenceOutputs outputs, Tensor dValue, in VocabularyGradients gradients) =>
        throw Missing(OpNames.DivergenceHeadBackward);

    public void TopTokens(in VocabularyRows rows, Tensor logits, Tensor ids) => throw Missing(OpNames.TopTokens);

    public void SelectedLogProbsForward(in VocabularyRows rows, HeadSpec spec, Tensor ids, Tensor logProb) => throw Missing(OpNames.SelectedLogProbs);

    public void SelectedLogProbsBackward(in VocabularyRows rows, HeadSpec spec, Tensor ids, Tensor dLogProb, in VocabularyGradients gradients) =>
        throw Missing(OpNames.SelectedLogProbsBackward);

    private NotSupportedException Missing(string op) => new($"[{op}] is not there yet on {_backend.Name}");
}
