using System.Runtime.CompilerServices;
using ILGPU;

namespace FastAlign.Kernels.Device;

/// <summary>
/// The divergence head between its products, by the host's own formulas: tiles of student and teacher are folded into two sums per row (forward), or the student's
/// turned into derivatives (backward), before the next tile overwrites them. Row-invariant, as the product is: a group or thread sees one row.
/// </summary>
public static class Divergence
{
    /// <summary>Rows per pass over the vocabulary: the head's tile holds as many of the student above as many of the teacher.</summary>
    public const int TileRows = LogProbHead.TileRows / 2;

    /// <summary>One group per row: both sums by the tree of <see cref="GroupTree"/>, tile after tile.</summary>
    public static void FoldKernel<TFormula>(DivergenceFoldArguments<TFormula> a)
        where TFormula : struct, IDivergenceFormula<DeviceFloat>
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupTree.GroupSize);
        (int row, int thread) = (Grid.IdxX, Group.IdxX);
        (float value, float slope) = (0f, 0f);
        for (int j = thread; j < a.Count; j += GroupTree.GroupSize)
        {
            DivergenceTerm<DeviceFloat> term = a.Formula.Term(LogProb(a.Student, row, j), LogProb(a.Teacher, row, j));
            value += term.Value.Value;
            slope += term.Slope.Value;
        }

        value = GroupTree.Sum(value, shared);
        slope = GroupTree.Sum(slope, shared);
        if (thread == 0)
        {
            a.Value[row] = (a.First == 0 ? 0f : a.Value[row]) + value;
            a.SlopeSum[row] = (a.First == 0 ? 0f : a.SlopeSum[row]) + slope;
        }
    }

    /// <summary><c>dz_v = dD (g_v - p_v G)</c>, times the slope of the transform; one thread per element, in place.</summary>
    public static void GradientKernel<TFormula>(DivergenceGradientArguments<TFormula> a)
        where TFormula : struct, IDivergenceFormula<DeviceFloat>
    {
        if (a.Extent.IsOutside)
        {
            return;
        }

        (int row, long column) = (a.Extent.Row, a.Extent.Column);
        DeviceFloat student = LogProb(a.Student, row, column);
        float g = a.Formula.Term(student, LogProb(a.Teacher, row, column)).Slope.Value;
        float dz = a.DValue[row] * (g - (DeviceMath.Exp(student.Value) * a.SlopeSum[row]));
        a.Student.Products[row, column] = dz * a.Student.Transform.Slope(a.Student.Products[row, column]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static DeviceFloat LogProb(VocabularyTile side, int row, long column) => new(side.Transform.Logit(side.Products[row, column]) - side.LogZ[row]);
}
