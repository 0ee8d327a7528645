using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.IO.Datasets;
using FastAlign.Models;

namespace FastAlign;

/// <summary>Rows to imitate under the tokenizers of a policy and a teacher, cut into stretches of text that both spell in whole tokens.</summary>
internal sealed class CrossTokenizerRows(RowTokenizer student, RowTokenizer teacher, SftMethod method, UniversalOptions options)
{
    private const int InsideForStudent = 1;
    private const int InsideForTeacher = 2;

    /// <summary>Rows that have something to learn under both; lint and shown prompts are the policy's.</summary>
    /// <exception cref="InputException">Bad options, a row of another shape, or nothing left to train on.</exception>
    public MethodData Read(DataRow[] rows, RunOptions run)
    {
        if (run.Truncation != TruncationMode.KeepStart)
        {
            throw new InputException("truncation_mode: expected keep_start with uld, because the end of a row is another place for each tokenizer, found keep_end");
        }

        if (method.Packing != PackingStrategy.None)
        {
            throw new InputException("packing: expected none with uld, because rows are compared text by text");
        }

        SftOptions sft = method.Options(run);
        SftDataset own = SftDataset.Build(rows, student, sft);
        SftDataset taught = SftDataset.Build(rows, teacher, sft);
        Dictionary<int, SftExample> byRow = taught.Examples.ToDictionary(example => example.Row);
        Dictionary<int, DataRow> texts = rows.ToDictionary(row => row.Index);
        var examples = new List<CrossTokenizerExample>();
        foreach (SftExample example in own.Examples)
        {
            if (byRow.TryGetValue(example.Row, out SftExample? other))
            {
                SftText text = SftText.From(texts[example.Row], method.TextField);
                examples.Add(new CrossTokenizerExample(example, other, options.IsAligned ? ByText(text, example, other) : ByPlace(example, other)));
            }
        }

        if (examples.Sum(example => example.Groups.Length) == 0)
        {
            throw new InputException($"uld: none of {rows.Length} rows has a stretch of text to compare under both tokenizers");
        }

        int longest = examples.Max(example => Math.Max(example.Student.Ids.Length, example.Teacher.Ids.Length));
        return new MethodData(new CrossTokenizerData(examples, options), own.Lint, longest, method.Prompts(examples.Select(example => example.Student)));
    }

    private TokenGroup[] ByText(SftText text, SftExample own, SftExample other)
    {
        int[] ownEnds = student.Ends(text, InsideForStudent)[..own.Ids.Length];
        int[] otherEnds = teacher.Ends(text, InsideForTeacher)[..other.Ids.Length];

        // What a template puts before the text belongs to no stretch of it.
        int ownFirst = ownEnds.AsSpan().LastIndexOf(0) + 1;
        int otherFirst = otherEnds.AsSpan().LastIndexOf(0) + 1;
        int[] ownRows = Rows(own, options.SkipsStudentEos ? student.EosId : -1);
        int[] otherRows = Rows(other, options.SkipsTeacherEos ? teacher.EosId : -1);
        var groups = new List<TokenGroup>();
        foreach (TokenGroup group in TokenAlignment.ByText(ownEnds.AsSpan(ownFirst), otherEnds.AsSpan(otherFirst)))
        {
            TokenGroup tokens = group.Shift(ownFirst, otherFirst);
            bool isWhole = ownEnds[tokens.Student + tokens.StudentCount - 1] == otherEnds[tokens.Teacher + tokens.TeacherCount - 1];
            if (isWhole && AllScored(ownRows, tokens.Student, tokens.StudentCount) && AllScored(otherRows, tokens.Teacher, tokens.TeacherCount))
            {
                groups.Add(tokens with { Student = ownRows[tokens.Student], Teacher = otherRows[tokens.Teacher] });
            }
        }

        return [.. groups];
    }

    private TokenGroup[] ByPlace(SftExample own, SftExample other) => TokenAlignment.ByPlace(
        Rows(own, options.SkipsStudentEos ? student.EosId : -1).Count(row => row >= 0), Rows(other, options.SkipsTeacherEos ? teacher.EosId : -1).Count(row => row >= 0));

    /// <summary>The scored row of each token, -1 where there is none or it is the end of sequence that is left out.</summary>
    private static int[] Rows(SftExample example, int skippedEnd)
    {
        int[] rows = new int[example.Ids.Length];
        int next = 0;
        for (int i = 0; i < rows.Length; i++)
        {
            bool isScored = i > 0 && example.Labels[i] != SftExample.Ignored;
            bool isSkipped = i == rows.Length - 1 && example.Ids[i] == skippedEnd;
            rows[i] = isScored && !isSkipped ? next : -1;
            next += isScored ? 1 : 0;
        }

        return rows;
    }

    private static bool AllScored(int[] rows, int first, int count) => !rows.AsSpan(first, count).Contains(-1);
}
