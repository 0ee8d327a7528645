using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>The score of a sequence is that of its first row: which token that is, the data say; nothing is looked for after the fact.</summary>
internal static class SequenceScores
{
    /// <summary>Score of label <paramref name="label"/>.</summary>
    public static double Of(in LossInputs inputs, int sequence, int label = 0) => inputs.Scores[Index(inputs, sequence, label)];

    /// <summary>Where it, and its derivative, lie.</summary>
    public static int Index(in LossInputs inputs, int sequence, int label = 0) => (inputs.RowStarts[sequence] * inputs.Labels) + label;

    /// <summary>The value of a column, or what counts where the data do not have it.</summary>
    public static double Of(ReadOnlySpan<double> column, int index, double otherwise) => column.IsEmpty ? otherwise : column[index];

    /// <exception cref="ShapeException">Not so many labels a row, a sequence without a row, or fewer examples in the step than in the micro-batch.</exception>
    public static void Validate(string loss, in LossInputs inputs, StepCounts step, in LossGradients gradients, int labels = 1)
    {
        inputs.Validate();
        gradients.ValidateScores(inputs.Rows, inputs.Labels);
        if (inputs.Labels != labels && inputs.Rows > 0)
        {
            throw new ShapeException($"[{loss}] scores: expected {labels} a row, got {inputs.Labels}");
        }

        if (step.Examples < inputs.Examples)
        {
            throw new ShapeException($"[{loss}] examples: expected at most as many as in the step, got {inputs.Examples} of {step.Examples}");
        }

        for (int s = 0; s < inputs.Sequences; s++)
        {
            if (inputs.RowStarts[s] == inputs.RowStarts[s + 1])
            {
                throw new ShapeException($"[{loss}] sequence {s}: expected a scored row, got none");
            }
        }
    }

    /// <exception cref="ShapeException">Sequences do not come in pairs.</exception>
    public static void ValidatePairs(string loss, in LossInputs inputs)
    {
        if (inputs.Sequences % 2 != 0)
        {
            throw new ShapeException($"[{loss}] sequences: expected pairs, got {inputs.Sequences}");
        }
    }
}
