using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>
/// Preference pairs: the prompt once, chosen and rejected as its children. Sequences come pair by pair, chosen then rejected.
/// </summary>
/// <param name="examples">Pairs.</param>
/// <param name="isPromptShared">False stores the prompt twice, once per completion: same bits, more work; for self-checks.</param>
public sealed class PreferenceData(IReadOnlyList<PreferenceExample> examples, bool isPromptShared = true) : ITrainingData
{
    public int Count => examples.Count;

    public HeadStatistics Statistics => HeadStatistics.Entropy | HeadStatistics.MeanLogit | HeadStatistics.ArgMax;

    public TokenBatch Build(ReadOnlySpan<int> indices)
    {
        var builder = new TokenBatchBuilder();
        foreach (int index in indices)
        {
            PreferenceExample pair = examples[index];
            int prompt = builder.AddSegment(pair.Prompt);
            AddCompletion(builder, pair.Chosen, prompt);
            AddCompletion(builder, pair.Rejected, isPromptShared ? prompt : builder.AddSegment(pair.Prompt));
        }

        return builder.Build();
    }

    public StepCounts Counts(ReadOnlySpan<int> indices)
    {
        long chosen = 0;
        long rejected = 0;
        foreach (int index in indices)
        {
            chosen += examples[index].Chosen.Length;
            rejected += examples[index].Rejected.Length;
        }

        return new StepCounts(2L * indices.Length, chosen + rejected) { Examples = indices.Length, ChosenTokens = chosen };
    }

    public void Fill(ReadOnlySpan<int> indices, ColumnSet columns)
    {
    }

    public long TokenCount(ReadOnlySpan<int> indices)
    {
        long tokens = 0;
        foreach (int index in indices)
        {
            PreferenceExample pair = examples[index];
            tokens += (2L * pair.Prompt.Length) + pair.Chosen.Length + pair.Rejected.Length;
        }

        return tokens;
    }

    public int RowOf(int example) => examples[example].Row;

    private static void AddCompletion(TokenBatchBuilder builder, int[] completion, int prompt)
    {
        builder.ScoreFrom(builder.AddSegment(completion, prompt));
        builder.EndSequence();
    }
}
