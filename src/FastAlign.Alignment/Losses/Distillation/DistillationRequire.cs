using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>What distillation losses ask of their caller.</summary>
internal static class DistillationRequire
{
    public static void Divergence(in LossInputs inputs, in LossGradients gradients)
    {
        if (inputs.Divergence.Length != inputs.Rows || gradients.Divergence.Length != inputs.Rows)
        {
            throw new ShapeException(
                $"[loss] divergence: expected [{inputs.Rows}] values and derivatives, got [{inputs.Divergence.Length}] and [{gradients.Divergence.Length}]");
        }
    }

    public static void Teacher(in LossInputs inputs)
    {
        if (inputs.ReferenceLogProb.Length != inputs.Rows)
        {
            throw new ShapeException($"[loss] referenceLogProb: expected the teacher's [{inputs.Rows}], got [{inputs.ReferenceLogProb.Length}]");
        }
    }
}
