namespace FastAlign.Alignment;

/// <summary>What the micro-batches of one optimizer step hold together: the denominators, known before the first backward.</summary>
/// <param name="Sequences">Sequences; a pair is two.</param>
/// <param name="Tokens">Scored rows.</param>
public readonly record struct StepCounts(long Sequences, long Tokens)
{
    /// <summary>Counts of one micro-batch.</summary>
    public static StepCounts Of(ReadOnlySpan<int> rowStarts) => new(rowStarts.Length - 1, rowStarts[^1]);

    /// <summary>Counts of two micro-batches together.</summary>
    public static StepCounts operator +(StepCounts left, StepCounts right) => new(left.Sequences + right.Sequences, left.Tokens + right.Tokens);
}
