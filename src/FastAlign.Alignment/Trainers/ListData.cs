using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>Lists of completions: the prompt once, its completions as children, in the order of the data. Scores become <see cref="Column.Reward"/>.</summary>
/// <param name="examples">Lists; they may differ in length.</param>
public sealed class ListData(IReadOnlyList<ListExample> examples) : ITrainingData
{
    public int Count => examples.Count;

    public HeadStatistics Statistics => HeadStatistics.Entropy;

    public TokenBatch Build(ReadOnlySpan<int> indices)
    {
        var builder = new TokenBatchBuilder();
        foreach (int index in indices)
        {
            int prompt = builder.AddSegment(examples[index].Prompt);
            foreach (int[] completion in examples[index].Completions)
            {
                builder.ScoreFrom(builder.AddSegment(completion, prompt));
                builder.EndSequence();
            }
        }

        return builder.Build();
    }

    public StepCounts Counts(ReadOnlySpan<int> indices)
    {
        long sequences = 0;
        long tokens = 0;
        long first = 0;
        foreach (int index in indices)
        {
            int[][] completions = examples[index].Completions;
            sequences += completions.Length;
            first += completions[0].Length;
            foreach (int[] completion in completions)
            {
                tokens += completion.Length;
            }
        }

        return new StepCounts(sequences, tokens) { Examples = indices.Length, ChosenTokens = first };
    }

    public void Fill(ReadOnlySpan<int> indices, ColumnSet columns)
    {
        Span<double> rewards = columns.Take(Column.Reward, (int)Counts(indices).Sequences);
        int next = 0;
        foreach (int index in indices)
        {
            double[] scores = examples[index].Scores;
            scores.CopyTo(rewards[next..]);
            next += scores.Length;
        }
    }

    public long TokenCount(ReadOnlySpan<int> indices)
    {
        long tokens = 0;
        foreach (int index in indices)
        {
            foreach (int[] completion in examples[index].Completions)
            {
                tokens += examples[index].Prompt.Length + completion.Length;
            }
        }

        return tokens;
    }

    public int RowOf(int example) => examples[example].Row;
}
