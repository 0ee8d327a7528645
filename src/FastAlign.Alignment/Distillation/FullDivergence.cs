using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>Generalised Jensen-Shannon divergence over the whole vocabulary, streamed (Agarwal et al., 2024; TRL <c>generalized_jsd_loss</c>).</summary>
public sealed class FullDivergence : RowDivergence
{
    private DivergenceOutputs _outputs;

    public override void Forward(in DistillationRows rows, Arena arena, Span<double> values)
    {
        var perRow = new Shape(rows.Count);
        _outputs = new DivergenceOutputs(arena.Take(perRow), arena.Take(perRow));
        arena.Backend.Ops.DivergenceHeadForward(rows.Student, rows.Teacher, rows.Spec, _outputs);
        arena.Backend.DownloadReal(_outputs.Value, values);
    }

    public override void Backward(in DistillationRows rows, Arena arena, ReadOnlySpan<double> dValues, in VocabularyGradients gradients)
    {
        long mark = arena.Mark();
        Tensor derivatives = arena.Take(new Shape(rows.Count));
        arena.Backend.UploadReal(dValues, derivatives);
        arena.Backend.Ops.DivergenceHeadBackward(rows.Student, rows.Teacher, rows.Spec, _outputs, derivatives, gradients);
        arena.Release(mark);
    }
}
