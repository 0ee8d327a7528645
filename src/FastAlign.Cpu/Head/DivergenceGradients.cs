using System.Runtime.Intrinsics;
using FastAlign.Kernels;

namespace FastAlign.Cpu.Head;

/// <summary>
/// Turns the student's half of a tile, in place, into the loss's derivatives by its products: <c>dD (g_v - p_v G)</c> times the slope of the logit
/// transform. A lane is a vocabulary entry; what the lanes beyond the vocabulary hold is read by nobody.
/// </summary>
/// <param name="tile">Products.</param>
/// <param name="slopeSum">G of the tile's rows, from forward.</param>
/// <param name="dValue">dD of the tile's rows.</param>
/// <param name="formula">Of the divergence.</param>
internal readonly unsafe struct DivergenceGradients<TFormula>(in DivergenceTile tile, float* slopeSum, float* dValue, TFormula formula) : IParallelAction
    where TFormula : struct, IDivergenceFormula<Vector512Lane>
{
    private readonly DivergenceTile _tile = tile;

    public void Run(int index, int thread)
    {
        int end = Math.Min((index + 1) * DivergenceTile.RowsPerPiece, _tile.Rows);
        for (int i = index * DivergenceTile.RowsPerPiece; i < end; i++)
        {
            Replace(i);
        }
    }

    private void Replace(int i)
    {
        float* student = _tile.Student(i);
        float* teacher = _tile.Teacher(i);
        (LogitTransform ofStudent, LogitTransform ofTeacher) = (_tile.StudentSide.Transform, _tile.TeacherSide.Transform);
        Vector512<float> studentLogZ = Vector512.Create(_tile.StudentSide.LogZ[i]);
        Vector512<float> teacherLogZ = Vector512.Create(_tile.TeacherSide.LogZ[i]);
        Vector512<float> sum = Vector512.Create(slopeSum[i]);
        Vector512<float> d = Vector512.Create(dValue[i]);
        for (int j = 0; j < _tile.Count; j += Vector512<float>.Count)
        {
            Vector512<float> s = ofStudent.Apply(Vector512.Load(student + j), out Vector512<float> slope) - studentLogZ;
            Vector512<float> t = ofTeacher.Apply(Vector512.Load(teacher + j)) - teacherLogZ;
            Vector512<float> g = formula.Term(new Vector512Lane(s), new Vector512Lane(t)).Slope.Value;
            (d * (g - (VectorMath.Exp(s) * sum)) * slope).Store(student + j);
        }
    }
}
