using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>
/// Judged completions: the prompt once and the completion as its child; for KTO's KL a second child, the completion of another prompt. An example is one
/// sequence, or two.
/// </summary>
/// <param name="examples">Completions.</param>
/// <param name="mismatched">For each example a completion of another prompt that is scored after its prompt too, see <see cref="MismatchedPairing"/>; null for none.</param>
public sealed class UnpairedData(IReadOnlyList<UnpairedExample> examples, IReadOnlyList<int[]>? mismatched = null) : ITrainingData
{
    public IReadOnlyList<UnpairedExample> Examples => examples;

    public int Count => examples.Count;

    public HeadStatistics Statistics => HeadStatistics.Entropy | HeadStatistics.MeanLogit;

    public TokenBatch Build(ReadOnlySpan<int> indices)
    {
        var builder = new TokenBatchBuilder();
        foreach (int index in indices)
        {
            int prompt = builder.AddSegment(examples[index].Prompt);
            AddCompletion(builder, examples[index].Completion, prompt);
            if (mismatched is not null)
            {
                AddCompletion(builder, mismatched[index], prompt);
            }
        }

        return builder.Build();
    }

    public StepCounts Counts(ReadOnlySpan<int> indices)
    {
        long judged = 0;
        long other = 0;
        foreach (int index in indices)
        {
            judged += examples[index].Completion.Length;
            other += mismatched is null ? 0 : mismatched[index].Length;
        }

        return new StepCounts((long)Stride * indices.Length, judged + other) { Examples = indices.Length, ChosenTokens = judged };
    }

    public void Fill(ReadOnlySpan<int> indices, ColumnSet columns)
    {
        int sequences = Stride * indices.Length;
        Span<double> labels = columns.Take(Column.Label, sequences);
        Span<double> rewards = columns.Take(Column.Reward, sequences);
        Span<double> rates = columns.Take(Column.PassRate, sequences);
        Span<double> probabilities = columns.Take(Column.DesirableProbability, sequences);
        for (int i = 0; i < indices.Length; i++)
        {
            UnpairedExample example = examples[indices[i]];
            int s = Stride * i;
            labels.Slice(s, Stride).Fill(example.IsDesirable ? 1 : 0);
            rewards.Slice(s, Stride).Fill(example.Reward);
            rates.Slice(s, Stride).Fill(example.PassRate);
            probabilities.Slice(s, Stride).Fill(example.DesirableProbability);
        }
    }

    /// <summary>Prompts and completions; mismatched completions do not count, as in TRL.</summary>
    public long TokenCount(ReadOnlySpan<int> indices)
    {
        long tokens = 0;
        foreach (int index in indices)
        {
            tokens += examples[index].Prompt.Length + examples[index].Completion.Length;
        }

        return tokens;
    }

    public int RowOf(int example) => examples[example].Row;

    private int Stride => mismatched is null ? 1 : 2;

    private static void AddCompletion(TokenBatchBuilder builder, ReadOnlySpan<int> completion, int prompt)
    {
        builder.ScoreFrom(builder.AddSegment(completion, prompt));
        builder.EndSequence();
    }
}
