using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>
/// Completions to be scored: the prompt once, completions as its children. The first row of a sequence is the token that carries its score, named by the
/// example. Fills margins, labels and the like where the data have them.
/// </summary>
/// <param name="examples">Pairs, rankings, or single completions.</param>
/// <param name="isPromptShared">False stores the prompt once per completion: same bits, more work; for self-checks.</param>
public sealed class JudgedData(IReadOnlyList<JudgedExample> examples, bool isPromptShared = true) : ITrainingData
{
    /// <summary>Positions of each kind sampled for <see cref="GoalContrast"/>, as further rows of both sequences of a pair; 0 for none.</summary>
    public int ContrastSamples { get; init; }

    /// <summary>Members of an ensemble that each learn from a bootstrap of the examples; 0 for none.</summary>
    public int Members { get; init; }

    /// <summary>Seed of those positions and bootstraps: they are a function of it and the example, so every epoch has the same.</summary>
    public ulong Seed { get; init; }

    public int Count => examples.Count;

    public HeadStatistics Statistics => HeadStatistics.None;

    public TokenBatch Build(ReadOnlySpan<int> indices)
    {
        var builder = new TokenBatchBuilder();
        foreach (int index in indices)
        {
            JudgedExample example = examples[index];
            int prompt = builder.AddSegment(example.Prompt);
            for (int k = 0; k < example.Completions.Length; k++)
            {
                int parent = k == 0 || isPromptShared ? prompt : builder.AddSegment(example.Prompt);
                int segment = builder.AddSegment(example.Completions[k], parent);
                builder.ScoreAt(segment, example.Scored[k]);
                AddContrast(builder, segment, example.Completions[k].Length, index, k);
                builder.EndSequence();
            }
        }

        return builder.Build();
    }

    public StepCounts Counts(ReadOnlySpan<int> indices)
    {
        (long sequences, long extra) = (0, 0);
        foreach (int index in indices)
        {
            sequences += examples[index].Completions.Length;
            extra += 4L * ContrastSamples;
        }

        return new StepCounts(sequences, sequences + extra) { Examples = indices.Length };
    }

    public void Fill(ReadOnlySpan<int> indices, ColumnSet columns)
    {
        FillExamples(indices, columns, Column.Margin, static example => example.Margin, 0);
        FillExamples(indices, columns, Column.SoftLabel, static example => example.SoftLabel, 1);
        FillExamples(indices, columns, Column.ExampleWeight, static example => example.Weight, 1);
        FillSequences(indices, columns, Column.Label, static example => example.Labels);
        FillSequences(indices, columns, Column.Safe, static example => example.Safe);
        for (int k = 0; k < Members; k++)
        {
            Span<double> drawn = columns.Take(Column.Member(k), indices.Length);
            for (int i = 0; i < indices.Length; i++)
            {
                drawn[i] = Poisson(new Philox(Seed, RandomPurpose.Bootstrap, (ulong)k).Uniform((ulong)indices[i]));
            }
        }

        Span<double> tokens = columns.Take(Column.SequenceTokens, (int)Counts(indices).Sequences);
        int next = 0;
        foreach (int index in indices)
        {
            foreach (int[] completion in examples[index].Completions)
            {
                tokens[next++] = examples[index].Prompt.Length + completion.Length;
            }
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

    /// <summary>Rows as <see cref="GoalContrast"/> takes them: of the chosen completion sources, goals not before them, other sources; of the rejected one goals.</summary>
    private void AddContrast(TokenBatchBuilder builder, int segment, int length, int example, int completion)
    {
        var random = new Philox(Seed, RandomPurpose.Positions, (ulong)example);
        int Draw(int kind, int i) => random.Integer((ulong)((kind * ContrastSamples) + i), length);

        for (int kind = 0; kind < (completion == 0 ? 3 : 1); kind++)
        {
            for (int i = 0; i < ContrastSamples; i++)
            {
                (int a, int b) = (Draw(0, i), Draw(1, i));
                builder.ScoreAt(segment, completion > 0 ? Draw(3, i) : kind == 0 ? Math.Min(a, b) : kind == 1 ? Math.Max(a, b) : Draw(2, i));
            }
        }
    }

    /// <summary>The quantile of a Poisson distribution of mean 1: how often one of many examples is drawn when as many are drawn with replacement.</summary>
    private static int Poisson(double quantile)
    {
        int count = 0;
        double mass = Math.Exp(-1);
        double below = mass;
        while (quantile >= below && mass > 0)
        {
            mass /= ++count;
            below += mass;
        }

        return count;
    }

    private void FillExamples(ReadOnlySpan<int> indices, ColumnSet columns, Column column, Func<JudgedExample, double?> value, double otherwise)
    {
        Span<double> values = [];
        for (int i = 0; i < indices.Length; i++)
        {
            if (value(examples[indices[i]]) is { } given)
            {
                if (values.IsEmpty)
                {
                    values = columns.Take(column, indices.Length);
                    values.Fill(otherwise);
                }

                values[i] = given;
            }
        }
    }

    private void FillSequences(ReadOnlySpan<int> indices, ColumnSet columns, Column column, Func<JudgedExample, double[]> values)
    {
        Span<double> all = [];
        int next = 0;
        foreach (int index in indices)
        {
            double[] given = values(examples[index]);
            if (given.Length > 0)
            {
                if (all.IsEmpty)
                {
                    all = columns.Take(column, (int)Counts(indices).Sequences);
                    all.Fill(1);
                }

                given.CopyTo(all[next..]);
            }

            next += examples[index].Completions.Length;
        }
    }
}
