using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>
/// What the teacher says of the scored rows, next to the policy's log-prob head: the teacher's log-probs, the divergence where a loss wants it, and the
/// policy's log-probs at the temperature of distillation where the loss takes its main ones at another. One micro-batch at a time.
/// </summary>
/// <param name="divergence">Computes <see cref="LossInputs.Divergence"/>; null if the loss needs none.</param>
/// <param name="spec">Beta; scale, cap and temperature of both models.</param>
/// <param name="isTempered">Whether the main log-probs are those at <paramref name="spec"/>; see <see cref="IDistillationLoss.IsTempered"/>.</param>
public sealed class Distiller(RowDivergence? divergence, DivergenceSpec spec, bool isTempered)
{
    private DistillationRows _rows;
    private Tensor _targets;

    /// <summary>How the main log-probs of the policy are to be taken.</summary>
    public HeadSpec MainHead => isTempered ? spec.Student : spec.Student with { Temperature = 1 };

    /// <summary>Whether <see cref="LossInputs.TemperedLogProb"/> differ from the main log-probs.</summary>
    public bool HasTemperedLogProbs => MainHead != spec.Student;

    public bool HasDivergence => divergence is not null;

    /// <summary>Fills what the loss will see.</summary>
    /// <param name="student">Policy, with the log-normalisers at <see cref="MainHead"/>.</param>
    /// <param name="teacher">Teacher, without log-normalisers.</param>
    /// <param name="targets">[R] I32</param>
    /// <param name="arena">What backward needs stays here.</param>
    /// <param name="values">Outputs.</param>
    public void Forward(in VocabularyRows student, in VocabularyRows teacher, Tensor targets, Arena arena, in DistillationValues values)
    {
        VocabularyRows tempered = student;
        if (HasTemperedLogProbs)
        {
            tempered = Normalize(student, spec.Student, targets, arena, values.TemperedLogProb);
        }

        VocabularyRows taught = Normalize(teacher, spec.Teacher, targets, arena, values.TeacherLogProb);
        (_rows, _targets) = (new DistillationRows(tempered, taught, targets, spec), targets);
        divergence?.Forward(_rows, arena, values.Divergence);
    }

    /// <summary>The gradient of what <see cref="Forward"/> computed.</summary>
    /// <param name="arena">Scratch; left as it was found.</param>
    /// <param name="dDivergence">[R] or empty.</param>
    /// <param name="dTempered">[R] or empty.</param>
    /// <param name="gradients">Of the policy's rows.</param>
    public void Backward(Arena arena, ReadOnlySpan<double> dDivergence, ReadOnlySpan<double> dTempered, in VocabularyGradients gradients)
    {
        VocabularyGradients next = gradients;
        if (HasDivergence)
        {
            divergence!.Backward(_rows, arena, dDivergence, gradients);
            next = gradients with { Write = Write.Add };
        }

        if (HasTemperedLogProbs)
        {
            long mark = arena.Mark();
            var column = new Shape(_rows.Count, 1);
            Tensor derivatives = arena.Take(column);
            arena.Backend.UploadReal(dTempered, derivatives);
            arena.Backend.Ops.SelectedLogProbsBackward(_rows.Student, spec.Student, _targets.Reshape(column), derivatives, next);
            arena.Release(mark);
        }
    }

    private static VocabularyRows Normalize(in VocabularyRows rows, HeadSpec head, Tensor targets, Arena arena, Span<double> logProbs)
    {
        var perRow = new Shape(targets.Rows);
        VocabularyRows normalized = rows with { LogZ = arena.Take(perRow) };
        long mark = arena.Mark();
        Tensor result = arena.Take(perRow);
        arena.Backend.Ops.LogProbHeadForward(new HeadInputs(rows.X, rows.W, rows.Bias, targets), head, new HeadOutputs(result, normalized.LogZ));
        arena.Backend.DownloadReal(result, logProbs);
        arena.Release(mark);
        return normalized;
    }
}

/// <summary>Where <see cref="Distiller.Forward"/> puts its results.</summary>
public readonly ref struct DistillationValues
{
    /// <summary>[R] output.</summary>
    public required Span<double> TeacherLogProb { get; init; }

    /// <summary>[R] output, or empty without a divergence.</summary>
    public Span<double> Divergence { get; init; }

    /// <summary>[R] output, or empty where the main log-probs are tempered.</summary>
    public Span<double> TemperedLogProb { get; init; }
}
