using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>Chains of reasoning steps for a process reward model: each labelled token is a scored row at that token.</summary>
public sealed class StepData(IReadOnlyList<StepExample> examples) : ITrainingData
{
    public int Count => examples.Count;

    public HeadStatistics Statistics => HeadStatistics.None;

    public TokenBatch Build(ReadOnlySpan<int> indices)
    {
        var builder = new TokenBatchBuilder();
        foreach (int index in indices)
        {
            StepExample example = examples[index];
            int segment = builder.AddSegment(example.Ids);
            for (int t = 0; t < example.Labels.Length; t++)
            {
                if (example.Labels[t] != SftExample.Ignored)
                {
                    builder.ScoreAt(segment, t);
                }
            }

            builder.EndSequence();
        }

        return builder.Build();
    }

    public StepCounts Counts(ReadOnlySpan<int> indices)
    {
        long rows = 0;
        foreach (int index in indices)
        {
            rows += RowsOf(examples[index]);
        }

        return new StepCounts(indices.Length, rows) { Examples = indices.Length };
    }

    public void Fill(ReadOnlySpan<int> indices, ColumnSet columns)
    {
        Span<double> labels = columns.Take(Column.StepLabel, (int)Counts(indices).Tokens);
        int next = 0;
        foreach (int index in indices)
        {
            foreach (int label in examples[index].Labels)
            {
                if (label != SftExample.Ignored)
                {
                    labels[next++] = label;
                }
            }
        }
    }

    public long TokenCount(ReadOnlySpan<int> indices)
    {
        long tokens = 0;
        foreach (int index in indices)
        {
            tokens += examples[index].Ids.Length;
        }

        return tokens;
    }

    public int RowOf(int example) => examples[example].Row;

    private static int RowsOf(StepExample example) => example.Labels.Length - example.Labels.AsSpan().Count(SftExample.Ignored);
}
