using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>Sequences to imitate: each document is a root segment, its labelled tokens are scored.</summary>
/// <param name="examples">Sequences.</param>
/// <param name="isReadAtTokens">Rows are those of the labelled tokens themselves, not those that predict them: for <see cref="UniversalOptions.IsReadAtTokens"/>.</param>
public sealed class SequenceData(IReadOnlyList<SftExample> examples, bool isReadAtTokens = false) : ITrainingData
{
    public int Count => examples.Count;

    public HeadStatistics Statistics => HeadStatistics.Entropy | HeadStatistics.ArgMax;

    public TokenBatch Build(ReadOnlySpan<int> indices)
    {
        var builder = new TokenBatchBuilder();
        foreach (int index in indices)
        {
            SftExample example = examples[index];
            ReadOnlySpan<int> whole = [example.Ids.Length];
            int start = 0;
            foreach (int length in example.DocumentLengths.Length == 0 ? whole : example.DocumentLengths)
            {
                int segment = builder.AddSegment(example.Ids.AsSpan(start, length));
                for (int i = 1; i < length; i++)
                {
                    if (example.Labels[start + i] == SftExample.Ignored)
                    {
                        continue;
                    }

                    if (isReadAtTokens)
                    {
                        builder.ScoreAt(segment, i);
                    }
                    else
                    {
                        builder.Score(segment, i);
                    }
                }

                start += length;
            }

            builder.EndSequence();
        }

        return builder.Build();
    }

    public StepCounts Counts(ReadOnlySpan<int> indices)
    {
        long tokens = 0;
        foreach (int index in indices)
        {
            tokens += TargetCount(examples[index]);
        }

        return new StepCounts(indices.Length, tokens) { Examples = indices.Length, ChosenTokens = tokens };
    }

    public void Fill(ReadOnlySpan<int> indices, ColumnSet columns)
    {
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

    private static int TargetCount(SftExample example)
    {
        int count = 0;
        int next = 0;
        int document = 0;
        for (int i = 0; i < example.Ids.Length; i++)
        {
            bool isFirst = i == next;
            if (isFirst && document < example.DocumentLengths.Length)
            {
                next += example.DocumentLengths[document++];
            }

            count += !isFirst && example.Labels[i] != SftExample.Ignored ? 1 : 0;
        }

        return count;
    }
}
