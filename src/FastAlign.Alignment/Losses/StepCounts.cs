namespace FastAlign.Alignment;

/// <summary>What the micro-batches of one optimizer step hold together: the denominators, known before the first backward.</summary>
/// <param name="Sequences">Sequences; a pair is two.</param>
/// <param name="Tokens">Scored rows.</param>
public readonly record struct StepCounts(long Sequences, long Tokens)
{
    /// <summary>Examples: pairs, lists, rollouts, texts.</summary>
    public long Examples { get; init; }

    /// <summary>Scored rows of the first sequence of every example: the chosen completions of pairs.</summary>
    public long ChosenTokens { get; init; }

    /// <summary>Scored rows of the third sequence of every example, where there is one: a demonstration beside the pair (TPO), the prompt (ORPO).</summary>
    public long AnchorTokens { get; init; }

    /// <summary>
    /// For rollouts, which come in batches that several steps share: scored rows if every rollout of the step had the mean length of its rollout batch. Null
    /// for other data.
    /// </summary>
    public double? RolloutTokens { get; init; }

    /// <summary>Counts of one micro-batch of examples that each have <paramref name="sequencesPerExample"/> sequences.</summary>
    public static StepCounts Of(ReadOnlySpan<int> rowStarts, int sequencesPerExample = 1)
    {
        long chosen = 0;
        long anchor = 0;
        for (int s = 0; s < rowStarts.Length - 1; s++)
        {
            long rows = rowStarts[s + 1] - rowStarts[s];
            chosen += s % sequencesPerExample == 0 ? rows : 0;
            anchor += s % sequencesPerExample == 2 ? rows : 0;
        }

        int sequences = rowStarts.Length - 1;
        return new StepCounts(sequences, rowStarts[^1]) { Examples = sequences / sequencesPerExample, ChosenTokens = chosen, AnchorTokens = anchor };
    }

    /// <summary>Counts of two micro-batches together.</summary>
    public static StepCounts operator +(StepCounts left, StepCounts right) => new(left.Sequences + right.Sequences, left.Tokens + right.Tokens)
    {
        Examples = left.Examples + right.Examples,
        ChosenTokens = left.ChosenTokens + right.ChosenTokens,
        AnchorTokens = left.AnchorTokens + right.AnchorTokens,
        RolloutTokens = left.RolloutTokens is null ? right.RolloutTokens : left.RolloutTokens + (right.RolloutTokens ?? 0),
    };
}
