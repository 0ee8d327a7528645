using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>The prompts of judged completions, each token scored: what a network that values prompts reads, and what it learns from.</summary>
/// <param name="judged">Completions with their prompts and rewards.</param>
internal sealed class PromptData(UnpairedData judged) : ITrainingData
{
    private readonly double[] _logRatios = new double[judged.Count];

    public int Count => judged.Count;

    public HeadStatistics Statistics => HeadStatistics.None;

    /// <summary>Says what the policy gave a completion.</summary>
    public void SetLogRatio(int example, double logRatio) => _logRatios[example] = logRatio;

    public TokenBatch Build(ReadOnlySpan<int> indices)
    {
        var builder = new TokenBatchBuilder();
        foreach (int index in indices)
        {
            int prompt = builder.AddSegment(judged.Examples[index].Prompt);
            for (int i = 0; i < judged.Examples[index].Prompt.Length; i++)
            {
                builder.ScoreAt(prompt, i);
            }

            builder.EndSequence();
        }

        return builder.Build();
    }

    public StepCounts Counts(ReadOnlySpan<int> indices)
    {
        long tokens = TokenCount(indices);
        return new StepCounts(indices.Length, tokens) { Examples = indices.Length, ChosenTokens = tokens };
    }

    public void Fill(ReadOnlySpan<int> indices, ColumnSet columns)
    {
        Span<double> rewards = columns.Take(Column.Reward, indices.Length);
        Span<double> ratios = columns.Take(Column.LogRatio, indices.Length);
        for (int i = 0; i < indices.Length; i++)
        {
            (rewards[i], ratios[i]) = (judged.Examples[indices[i]].Reward, _logRatios[indices[i]]);
        }
    }

    public long TokenCount(ReadOnlySpan<int> indices)
    {
        long tokens = 0;
        foreach (int index in indices)
        {
            tokens += judged.Examples[index].Prompt.Length;
        }

        return tokens;
    }

    public int RowOf(int example) => judged.RowOf(example);
}
