using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>
/// Generalised Jensen-Shannon divergence over a few tokens of each row: the K most probable of teacher or student, or both, or the token of the data. Their
/// probabilities are renormalised, or what they leave over becomes one more token (TRL: SDPO and IW-OPD, <c>top_k</c>, <c>add_tail</c>).
/// </summary>
/// <param name="source">Which tokens.</param>
/// <param name="k">Tokens per row from each of teacher and student, at least 1.</param>
/// <param name="hasTail">Keep the rest of the probability as one token; else renormalise.</param>
public sealed class SupportDivergence(SupportSource source, int k, bool hasTail) : RowDivergence
{
    private Tensor _ids;
    private int[] _top = [];
    private int[] _all = [];
    private double[] _student = [];
    private double[] _teacher = [];
    private double[] _slopes = [];
    private SupportTerms _terms = new(0);

    public override void Forward(in DistillationRows rows, Arena arena, Span<double> values)
    {
        int perTop = Math.Min(k, rows.Student.W.Rows);
        int width = (Has(SupportSource.Teacher) ? perTop : 0) + (Has(SupportSource.Student) ? perTop : 0) + (Has(SupportSource.Target) ? 1 : 0);
        Reserve(rows.Count, perTop, width);
        _ids = arena.Take(new Shape(rows.Count, width), DType.I32);
        long mark = arena.Mark();
        CollectIds(rows, arena, perTop, width);
        Read(rows.Student, rows.Spec.Student, arena, _student);
        Read(rows.Teacher, rows.Spec.Teacher, arena, _teacher);
        arena.Release(mark);
        for (int i = 0; i < rows.Count; i++)
        {
            Range row = (i * width)..((i + 1) * width);
            values[i] = _terms.Evaluate(rows.Spec.Beta, hasTail, _all.AsSpan(row), _student.AsSpan(row), _teacher.AsSpan(row), _slopes.AsSpan(row));
        }
    }

    public override void Backward(in DistillationRows rows, Arena arena, ReadOnlySpan<double> dValues, in VocabularyGradients gradients)
    {
        int width = _ids.Shape[1];
        for (int i = 0; i < _ids.Length; i++)
        {
            // The log-probs have served their turn: their place takes the derivatives by them.
            _student[i] = dValues[i / width] * _slopes[i];
        }

        long mark = arena.Mark();
        Tensor derivatives = arena.Take(_ids.Shape);
        arena.Backend.UploadReal(_student.AsSpan(0, (int)_ids.Length), derivatives);
        arena.Backend.Ops.SelectedLogProbsBackward(rows.Student, rows.Spec.Student, _ids, derivatives, gradients);
        arena.Release(mark);
    }

    private bool Has(SupportSource one) => (source & one) != 0;

    private void CollectIds(in DistillationRows rows, Arena arena, int perTop, int width)
    {
        int next = 0;
        if (Has(SupportSource.Teacher))
        {
            next = AddTop(rows.Teacher, arena, perTop, width, next);
        }

        if (Has(SupportSource.Student))
        {
            next = AddTop(rows.Student, arena, perTop, width, next);
        }

        if (Has(SupportSource.Target))
        {
            arena.Backend.Download(rows.Targets, _top.AsSpan(0, rows.Count));
            AddColumns(rows.Count, 1, width, next);
        }

        arena.Backend.Upload<int>(_all.AsSpan(0, rows.Count * width), _ids);
    }

    private int AddTop(in VocabularyRows rows, Arena arena, int perTop, int width, int next)
    {
        var shape = new Shape(rows.X.Rows, perTop);
        Tensor ids = arena.Take(shape, DType.I32);
        arena.Backend.Ops.TopTokens(rows, arena.Take(shape), ids);
        arena.Backend.Download(ids, _top.AsSpan(0, (int)ids.Length));
        AddColumns(rows.X.Rows, perTop, width, next);
        return next + perTop;
    }

    private void AddColumns(int rows, int columns, int width, int next)
    {
        for (int i = 0; i < rows; i++)
        {
            _top.AsSpan(i * columns, columns).CopyTo(_all.AsSpan((i * width) + next));
        }
    }

    private void Read(in VocabularyRows rows, HeadSpec spec, Arena arena, double[] logProbs)
    {
        Tensor result = arena.Take(_ids.Shape);
        arena.Backend.Ops.SelectedLogProbsForward(rows, spec, _ids, result);
        arena.Backend.DownloadReal(result, logProbs.AsSpan(0, (int)result.Length));
    }

    private void Reserve(int rows, int perTop, int width)
    {
        if (_all.Length < rows * width)
        {
            _top = new int[rows * Math.Max(1, perTop)];
            _all = new int[rows * width];
            _student = new double[rows * width];
            _teacher = new double[rows * width];
            _slopes = new double[rows * width];
        }

        if (_terms.Capacity < width)
        {
            _terms = new SupportTerms(width);
        }
    }
}
