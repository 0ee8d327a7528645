using FastAlign.Core;
using FastAlign.Cpu.Gemm;
using FastAlign.Cpu.Head;
using FastAlign.Kernels;

namespace FastAlign.Cpu;

/// <summary>
/// Divergence of two heads: the tile of the log-prob head holds 256 rows of student logits above as many of the teacher's. Five products in all, two of
/// them the teacher's.
/// </summary>
internal sealed unsafe partial class CpuOps
{
    public void DivergenceHeadForward(in VocabularyRows student, in VocabularyRows teacher, DivergenceSpec spec, in DivergenceOutputs outputs)
    {
        switch (spec.Beta)
        {
            case 0:
                DivergenceForward(student, teacher, spec, outputs, default(ForwardKl<Vector512Lane>));
                break;
            case 1:
                DivergenceForward(student, teacher, spec, outputs, default(ReverseKl<Vector512Lane>));
                break;
            default:
                DivergenceForward(student, teacher, spec, outputs, new JensenShannon<Vector512Lane>(spec.Beta));
                break;
        }
    }

    public void DivergenceHeadBackward(
        in VocabularyRows student, in VocabularyRows teacher, DivergenceSpec spec, in DivergenceOutputs outputs, Tensor dValue, in VocabularyGradients gradients)
    {
        switch (spec.Beta)
        {
            case 0:
                DivergenceBackward(student, teacher, spec, outputs, dValue, gradients, default(ForwardKl<Vector512Lane>));
                break;
            case 1:
                DivergenceBackward(student, teacher, spec, outputs, dValue, gradients, default(ReverseKl<Vector512Lane>));
                break;
            default:
                DivergenceBackward(student, teacher, spec, outputs, dValue, gradients, new JensenShannon<Vector512Lane>(spec.Beta));
                break;
        }
    }

    private void DivergenceForward<TFormula>(
        in VocabularyRows student, in VocabularyRows teacher, DivergenceSpec spec, in DivergenceOutputs outputs, TFormula formula)
        where TFormula : struct, IDivergenceFormula<Vector512Lane>
    {
        (int n, int vocabulary) = (student.X.Rows, student.W.Rows);
        for (int row = 0; row < n; row += DivergenceTile.MaxRows)
        {
            int rows = Math.Min(DivergenceTile.MaxRows, n - row);
            new Span<DivergenceSums>(_head.Divergences, rows).Clear();
            for (int v = 0; v < vocabulary; v += HeadScratch.TileColumns)
            {
                DivergenceTile tile = MultiplyBoth(student, teacher, spec, row, rows, v);
                var fold = new FoldDivergence<TFormula>(tile, _head.Divergences, formula);
                _team.For((rows + DivergenceTile.RowsPerPiece - 1) / DivergenceTile.RowsPerPiece, ref fold);
            }

            for (int i = 0; i < rows; i++)
            {
                outputs.Value.Host<float>()[row + i] = (float)_head.Divergences[i].Value;
                outputs.SlopeSum.Host<float>()[row + i] = (float)_head.Divergences[i].Slope;
            }
        }
    }

    private void DivergenceBackward<TFormula>(
        in VocabularyRows student,
        in VocabularyRows teacher,
        DivergenceSpec spec,
        in DivergenceOutputs outputs,
        Tensor dValue,
        in VocabularyGradients gradients,
        TFormula formula)
        where TFormula : struct, IDivergenceFormula<Vector512Lane>
    {
        (int n, int vocabulary) = (student.X.Rows, student.W.Rows);
        for (int row = 0; row < n; row += DivergenceTile.MaxRows)
        {
            int rows = Math.Min(DivergenceTile.MaxRows, n - row);
            for (int v = 0; v < vocabulary; v += HeadScratch.TileColumns)
            {
                DivergenceTile tile = MultiplyBoth(student, teacher, spec, row, rows, v);
                var differentiate = new DivergenceGradients<TFormula>(tile, outputs.SlopeSum.Host<float>() + row, dValue.Host<float>() + row, formula);
                _team.For((rows + DivergenceTile.RowsPerPiece - 1) / DivergenceTile.RowsPerPiece, ref differentiate);
                PropagateLogits(student.X, student.W, gradients, row, rows, v, tile.Count);
            }
        }
    }

    private DivergenceTile MultiplyBoth(in VocabularyRows student, in VocabularyRows teacher, DivergenceSpec spec, int row, int rows, int v)
    {
        int count = Math.Min(HeadScratch.TileColumns, student.W.Rows - v);
        var tile = new DivergenceTile(_head.Logits, rows, count, Side(student, spec.Student, row), Side(teacher, spec.Teacher, row));
        MultiplyLogits(student.X, student.W, student.Bias, row, rows, v, count, tile.Student(0));
        MultiplyLogits(teacher.X, teacher.W, teacher.Bias, row, rows, v, count, tile.Teacher(0));
        return tile;
    }

    private static DivergenceSide Side(in VocabularyRows rows, HeadSpec spec, int row) => new(new LogitTransform(spec), rows.LogZ.Host<float>() + row);
}
