namespace FastAlign.Alignment;

/// <summary>Tokens of two tokenizers that spell the same stretch of text: consecutive rows of either side, counted from a start that the caller knows.</summary>
/// <param name="Student">First row of the policy.</param>
/// <param name="StudentCount">Its rows, at least 1.</param>
/// <param name="Teacher">First row of the teacher.</param>
/// <param name="TeacherCount">Its rows, at least 1.</param>
public readonly record struct TokenGroup(int Student, int StudentCount, int Teacher, int TeacherCount)
{
    /// <summary>The row whose whole distribution counts.</summary>
    public int StudentRow(MergeStrategy merge) => merge == MergeStrategy.Observed ? Student : Student + StudentCount - 1;

    /// <summary>As <see cref="StudentRow"/>, of the teacher.</summary>
    public int TeacherRow(MergeStrategy merge) => merge == MergeStrategy.Observed ? Teacher : Teacher + TeacherCount - 1;

    /// <summary>The same group of rows that lie elsewhere.</summary>
    public TokenGroup Shift(int student, int teacher) => this with { Student = Student + student, Teacher = Teacher + teacher };
}
