using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FastAlign.Cpu.Head;

/// <summary>
/// Products of the same rows and vocabulary entries under student and teacher. The head's tile holds both, one above the other:
/// <code>
/// rows [0, 256)    student
/// rows [256, 512)  teacher
/// </code>
/// </summary>
/// <param name="logits">The head's tile.</param>
/// <param name="rows">In use, at most <see cref="MaxRows"/>.</param>
/// <param name="count">Vocabulary entries in use.</param>
/// <param name="student">Logit transform and log-normalisers of the tile's rows.</param>
/// <param name="teacher">As <paramref name="student"/>.</param>
internal readonly unsafe struct DivergenceTile(float* logits, int rows, int count, DivergenceSide student, DivergenceSide teacher)
{
    public const int MaxRows = HeadScratch.TileRows / 2;

    public const int RowsPerPiece = 8;

    // A log-prob whose exponential is 0, and whose differences and sums are finite.
    private const float Nothing = -1e30f;

    public readonly int Rows = rows;

    public readonly int Count = count;

    public readonly DivergenceSide StudentSide = student;

    public readonly DivergenceSide TeacherSide = teacher;

    public float* Student(int row) => logits + ((long)row * HeadScratch.Stride);

    public float* Teacher(int row) => logits + ((long)(MaxRows + row) * HeadScratch.Stride);

    /// <summary>Products become log-probs in place; lanes beyond the vocabulary become entries without probability on either side.</summary>
    public void ToLogProbs(int row)
    {
        ToLogProbs(Student(row), StudentSide.Transform, StudentSide.LogZ[row]);
        ToLogProbs(Teacher(row), TeacherSide.Transform, TeacherSide.LogZ[row]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void ToLogProbs(float* row, LogitTransform transform, float logZ)
    {
        for (int j = 0; j < Count; j += Vector512<float>.Count)
        {
            (transform.Apply(Vector512.Load(row + j)) - Vector512.Create(logZ)).Store(row + j);
        }

        int padded = (Count + Vector512<float>.Count - 1) / Vector512<float>.Count * Vector512<float>.Count;
        new Span<float>(row + Count, padded - Count).Fill(Nothing);
    }
}
