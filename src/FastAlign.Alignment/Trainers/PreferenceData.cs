using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>
/// Preference pairs: the prompt once, chosen and rejected as its children. Sequences come pair by pair, chosen then rejected, then what
/// <see cref="PreferenceExtra"/> adds. Margins, labels, weights and old log-probs become columns if any pair has them.
/// </summary>
/// <param name="examples">Pairs.</param>
/// <param name="isPromptShared">False stores the prompt twice, once per completion: same bits, more work; for self-checks.</param>
/// <param name="extra">Sequences beside the pair.</param>
/// <param name="statistics">What the head computes besides log-probs and what metrics need.</param>
public sealed class PreferenceData(
    IReadOnlyList<PreferenceExample> examples, bool isPromptShared = true, PreferenceExtra extra = PreferenceExtra.None, HeadStatistics statistics = HeadStatistics.None) : ITrainingData
{
    private readonly bool _hasMargins = examples.Any(pair => pair.Margin is not null);
    private readonly bool _hasLabels = examples.Any(pair => pair.SoftLabel is not null);
    private readonly bool _hasOld = examples.Any(pair => pair.OldLogProbs is not null);
    private readonly bool _hasWeights = examples.Any(pair => pair.Weight is not null);

    public int Count => examples.Count;

    public HeadStatistics Statistics { get; } = statistics | HeadStatistics.Entropy | HeadStatistics.MeanLogit | HeadStatistics.ArgMax;

    public TokenBatch Build(ReadOnlySpan<int> indices)
    {
        var builder = new TokenBatchBuilder();
        foreach (int index in indices)
        {
            PreferenceExample pair = examples[index];
            int prompt = builder.AddSegment(pair.Prompt);
            AddCompletion(builder, pair.Chosen, prompt);
            bool isOwn = pair.RejectedPrompt is not null || !isPromptShared;
            AddCompletion(builder, pair.Rejected, isOwn ? builder.AddSegment(pair.RejectedPrompt ?? pair.Prompt) : prompt);
            AddExtra(builder, pair, prompt);
        }

        return builder.Build();
    }

    public StepCounts Counts(ReadOnlySpan<int> indices)
    {
        long chosen = 0;
        long anchor = 0;
        long tokens = 0;
        int sequences = 0;
        foreach (int index in indices)
        {
            PreferenceExample pair = examples[index];
            int pairTokens = pair.Chosen.Length + pair.Rejected.Length;
            (int more, int rows) = extra switch
            {
                PreferenceExtra.Prompt => (1, pair.Prompt.Length - 1),
                PreferenceExtra.Demonstration => (1, pair.Demonstration.Length),
                PreferenceExtra.RefinedPair => (2, pairTokens),
                _ => (0, 0),
            };
            sequences += 2 + more;
            chosen += pair.Chosen.Length;
            anchor += more == 1 ? rows : 0;
            tokens += pairTokens + rows;
        }

        return new StepCounts(sequences, tokens) { Examples = indices.Length, ChosenTokens = chosen, AnchorTokens = anchor };
    }

    public void Fill(ReadOnlySpan<int> indices, ColumnSet columns)
    {
        Span<double> margins = _hasMargins ? columns.Take(Column.Margin, indices.Length) : [];
        Span<double> labels = _hasLabels ? columns.Take(Column.SoftLabel, indices.Length) : [];
        Span<double> weights = _hasWeights ? columns.Take(Column.ExampleWeight, indices.Length) : [];
        for (int i = 0; i < indices.Length; i++)
        {
            PreferenceExample pair = examples[indices[i]];
            Put(margins, i, pair.Margin ?? 0);
            Put(labels, i, pair.SoftLabel ?? 1);
            Put(weights, i, pair.Weight ?? 1);
        }

        if (_hasOld)
        {
            FillOld(indices, columns.Take(Column.OldLogProb, (int)Counts(indices).Tokens));
        }
    }

    /// <summary>Sequences beside the pair have none: 0.</summary>
    private void FillOld(ReadOnlySpan<int> indices, Span<double> old)
    {
        foreach (int index in indices)
        {
            PreferenceExample pair = examples[index];
            pair.OldLogProbs?.Chosen.CopyTo(old);
            pair.OldLogProbs?.Rejected.CopyTo(old[pair.Chosen.Length..]);
            old = old[(int)Counts([index]).Tokens..];
        }
    }

    public long TokenCount(ReadOnlySpan<int> indices)
    {
        long tokens = 0;
        foreach (int index in indices)
        {
            PreferenceExample pair = examples[index];
            int rejectedPrompt = (pair.RejectedPrompt ?? pair.Prompt).Length;
            tokens += pair.Prompt.Length + rejectedPrompt + pair.Chosen.Length + pair.Rejected.Length;
            tokens += extra switch
            {
                PreferenceExtra.Demonstration => pair.Prompt.Length + pair.Demonstration.Length,
                PreferenceExtra.RefinedPair => (2L * pair.RefinedPrompt.Length) + pair.Chosen.Length + pair.Rejected.Length,
                _ => 0,
            };
        }

        return tokens;
    }

    public int RowOf(int example) => examples[example].Row;

    private void AddExtra(TokenBatchBuilder builder, PreferenceExample pair, int prompt)
    {
        switch (extra)
        {
            case PreferenceExtra.Prompt:
                builder.ScoreFrom(prompt, 1);
                builder.EndSequence();
                break;
            case PreferenceExtra.Demonstration:
                AddCompletion(builder, pair.Demonstration, prompt);
                break;
            case PreferenceExtra.RefinedPair:
                int refined = builder.AddSegment(pair.RefinedPrompt);
                AddCompletion(builder, pair.Chosen, refined);
                AddCompletion(builder, pair.Rejected, refined);
                break;
            default:
                break;
        }
    }

    private static void AddCompletion(TokenBatchBuilder builder, int[] completion, int prompt)
    {
        builder.ScoreFrom(builder.AddSegment(completion, prompt));
        builder.EndSequence();
    }

    private static void Put(Span<double> column, int index, double value)
    {
        if (!column.IsEmpty)
        {
            column[index] = value;
        }
    }
}

/// <summary>Sequences of a preference example beside chosen and rejected.</summary>
public enum PreferenceExtra
{
    None,

    /// <summary>The prompt from its second token on (ORPO's likelihood). It is not stored again.</summary>
    Prompt,

    /// <summary>A demonstration, a third child of the prompt (TPO).</summary>
    Demonstration,

    /// <summary>Both completions after the prompt with a request for quality (Sr-DPO).</summary>
    RefinedPair,
}
