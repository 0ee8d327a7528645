using FastAlign.Core;
using FastAlign.Kernels;
using FastAlign.Kernels.Device;

namespace FastAlign.Gpu;

/// <summary>
/// Divergence of two heads: the tile of the log-prob head holds <see cref="Divergence.TileRows"/> rows of student logits above as many of the teacher's. Five
/// products in all, two of them the teacher's.
/// </summary>
internal sealed partial class DeviceOps
{
    public void DivergenceHeadForward(in VocabularyRows student, in VocabularyRows teacher, DivergenceSpec spec, in DivergenceOutputs outputs)
    {
        switch (spec.Beta)
        {
            case 0:
                DivergenceForward(student, teacher, spec, outputs, DivergenceKernels.ForwardKl, default);
                break;
            case 1:
                DivergenceForward(student, teacher, spec, outputs, DivergenceKernels.ReverseKl, default);
                break;
            default:
                DivergenceForward(student, teacher, spec, outputs, DivergenceKernels.JensenShannon, new JensenShannon<DeviceFloat>(spec.Beta));
                break;
        }
    }

    public void DivergenceHeadBackward(
        in VocabularyRows student, in VocabularyRows teacher, DivergenceSpec spec, in DivergenceOutputs outputs, Tensor dValue, in VocabularyGradients gradients)
    {
        switch (spec.Beta)
        {
            case 0:
                DivergenceBackward(student, teacher, spec, outputs.SlopeSum, dValue, gradients, DivergenceKernels.ForwardKl, default);
                break;
            case 1:
                DivergenceBackward(student, teacher, spec, outputs.SlopeSum, dValue, gradients, DivergenceKernels.ReverseKl, default);
                break;
            default:
                DivergenceBackward(student, teacher, spec, outputs.SlopeSum, dValue, gradients, DivergenceKernels.JensenShannon, new JensenShannon<DeviceFloat>(spec.Beta));
                break;
        }
    }

    private void DivergenceForward<TFormula>(
        in VocabularyRows student, in VocabularyRows teacher, DivergenceSpec spec, in DivergenceOutputs outputs, DivergenceKernels<TFormula> kernels, TFormula formula)
        where TFormula : struct, IDivergenceFormula<DeviceFloat>
    {
        (int n, int vocabulary) = (student.X.Rows, student.W.Rows);
        for (int row = 0; row < n; row += Divergence.TileRows)
        {
            int rows = Math.Min(Divergence.TileRows, n - row);
            for (int v = 0; v < vocabulary; v += LogProbHead.TileColumns)
            {
                (VocabularyTile ofStudent, VocabularyTile ofTeacher) = MultiplyBoth(student, teacher, spec, row, rows, v);
                _launcher.Launch(
                    kernels.Fold,
                    new DivergenceFoldArguments<TFormula>(
                        formula, ofStudent, ofTeacher, rows, v, Columns(student.W, v), Vector(Part(outputs.Value, row, rows)), Vector(Part(outputs.SlopeSum, row, rows))));
            }
        }
    }

    private void DivergenceBackward<TFormula>(
        in VocabularyRows student,
        in VocabularyRows teacher,
        DivergenceSpec spec,
        Tensor slopeSum,
        Tensor dValue,
        in VocabularyGradients gradients,
        DivergenceKernels<TFormula> kernels,
        TFormula formula)
        where TFormula : struct, IDivergenceFormula<DeviceFloat>
    {
        (int n, int vocabulary) = (student.X.Rows, student.W.Rows);
        for (int row = 0; row < n; row += Divergence.TileRows)
        {
            int rows = Math.Min(Divergence.TileRows, n - row);
            for (int v = 0; v < vocabulary; v += LogProbHead.TileColumns)
            {
                (VocabularyTile ofStudent, VocabularyTile ofTeacher) = MultiplyBoth(student, teacher, spec, row, rows, v);
                _launcher.Launch(
                    kernels.Gradient,
                    new DivergenceGradientArguments<TFormula>(
                        new MapExtent(rows, Columns(student.W, v)), formula, ofStudent, ofTeacher, Vector(Part(slopeSum, row, rows)), Vector(Part(dValue, row, rows))));
                PropagateLogits(student.X, student.W, gradients, ofStudent.Products, row, rows, v);
            }
        }
    }

    /// <summary>A tile of both models' products, the teacher's below the student's.</summary>
    private (VocabularyTile OfStudent, VocabularyTile OfTeacher) MultiplyBoth(in VocabularyRows student, in VocabularyRows teacher, DivergenceSpec spec, int row, int rows, int v) => (
        VocabularyTile(student, spec.Student, row, rows, v, Logits()),
        VocabularyTile(teacher, spec.Teacher, row, rows, v, Logits(Divergence.TileRows)));

    /// <summary>Products of one model in a part of the scratch.</summary>
    private VocabularyTile VocabularyTile(in VocabularyRows of, HeadSpec spec, int row, int rows, int v, MatrixView<float> products)
    {
        MultiplyLogits(of.X, of.W, of.Bias, row, rows, v, products);
        return new VocabularyTile(products, Transform(spec), Vector(Part(of.LogZ, row, rows)));
    }
}
