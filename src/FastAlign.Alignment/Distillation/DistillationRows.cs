using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>The scored rows of a micro-batch under student and teacher, on the backend.</summary>
/// <param name="Student">With its log-normalisers at <paramref name="Spec"/>.</param>
/// <param name="Teacher">With its log-normalisers at <paramref name="Spec"/>.</param>
/// <param name="Targets">[R] I32 tokens of the data.</param>
/// <param name="Spec">How both models' products become logits, and the divergence's beta.</param>
public readonly record struct DistillationRows(VocabularyRows Student, VocabularyRows Teacher, Tensor Targets, DivergenceSpec Spec)
{
    /// <summary>R.</summary>
    public int Count => Targets.Rows;
}
