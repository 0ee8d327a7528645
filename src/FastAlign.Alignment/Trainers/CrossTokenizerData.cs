using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>A text under two tokenizers, and which of their tokens spell the same.</summary>
/// <param name="Student">In the policy's tokens.</param>
/// <param name="Teacher">In the teacher's.</param>
/// <param name="Groups">Stretches to compare, by scored rows of either side; may be none.</param>
public sealed record CrossTokenizerExample(SftExample Student, SftExample Teacher, TokenGroup[] Groups);

/// <summary>Texts for a policy and a teacher of different tokenizers: the policy's tokens are the batch, the teacher's beside it.</summary>
/// <param name="examples">Texts.</param>
/// <param name="options">Which rows are read, and which row of a stretch speaks for it.</param>
public sealed class CrossTokenizerData(IReadOnlyList<CrossTokenizerExample> examples, UniversalOptions options) : ITrainingData
{
    private readonly SequenceData _student = new([.. examples.Select(example => example.Student)], options.IsReadAtTokens);

    /// <summary>The same texts in the teacher's tokens.</summary>
    public SequenceData TeacherData { get; } = new([.. examples.Select(example => example.Teacher)], options.IsReadAtTokens);

    public int Count => examples.Count;

    public HeadStatistics Statistics => _student.Statistics;

    public TokenBatch Build(ReadOnlySpan<int> indices) => _student.Build(indices);

    public StepCounts Counts(ReadOnlySpan<int> indices) => _student.Counts(indices);

    public long TokenCount(ReadOnlySpan<int> indices) => _student.TokenCount(indices);

    public int RowOf(int example) => _student.RowOf(example);

    public void Fill(ReadOnlySpan<int> indices, ColumnSet columns)
    {
        Span<double> share = columns.Take(Column.GroupShare, (int)Counts(indices).Tokens);
        int next = 0;
        foreach (int index in indices)
        {
            TokenGroup[] groups = examples[index].Groups;
            foreach (TokenGroup group in groups)
            {
                share[next + group.StudentRow(options.Merge)] = 1.0 / groups.Length;
            }

            next += Rows(_student, index);
        }
    }

    /// <summary>Stretches of these examples.</summary>
    public int GroupCount(ReadOnlySpan<int> indices)
    {
        int count = 0;
        foreach (int index in indices)
        {
            count += examples[index].Groups.Length;
        }

        return count;
    }

    /// <summary>The stretches, by rows of the two batches.</summary>
    public void Groups(ReadOnlySpan<int> indices, Span<TokenGroup> into)
    {
        (int student, int teacher, int next) = (0, 0, 0);
        foreach (int index in indices)
        {
            foreach (TokenGroup group in examples[index].Groups)
            {
                into[next++] = group.Shift(student, teacher);
            }

            student += Rows(_student, index);
            teacher += Rows(TeacherData, index);
        }
    }

    private static int Rows(SequenceData data, int index) => (int)data.Counts([index]).Tokens;
}
