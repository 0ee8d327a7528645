using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>
/// How far teacher and student lie apart at each scored row: one number per row, and the gradient of those numbers by the student. What is made of them is
/// a loss's affair (<see cref="LossInputs.Divergence"/>). An instance remembers its last forward and serves one micro-batch at a time.
/// </summary>
public abstract class RowDivergence
{
    /// <summary>Computes the divergences.</summary>
    /// <param name="rows">Student and teacher.</param>
    /// <param name="arena">What backward needs stays here.</param>
    /// <param name="values">[R] output, nats.</param>
    public abstract void Forward(in DistillationRows rows, Arena arena, Span<double> values);

    /// <summary>From the derivatives by the divergences to the student.</summary>
    /// <param name="rows">As forward.</param>
    /// <param name="arena">Scratch; left as it was found.</param>
    /// <param name="dValues">[R] derivative of the loss by each divergence.</param>
    /// <param name="gradients">Of the student's rows.</param>
    public abstract void Backward(in DistillationRows rows, Arena arena, ReadOnlySpan<double> dValues, in VocabularyGradients gradients);
}
