namespace FastAlign.Alignment;

/// <summary>Where the segments of all sequences lie.</summary>
public readonly ref struct SegmentStarts
{
    /// <summary>[M + 1] first row of each segment, ascending from 0 to R; none reaches over the end of a sequence.</summary>
    public required ReadOnlySpan<int> Starts { get; init; }

    /// <summary>[S + 1] first segment of each sequence, ascending from 0 to M.</summary>
    public required ReadOnlySpan<int> OfSequences { get; init; }
}

/// <summary>How the tokens of a segment weigh in its value (and in its reward, where that is a mean).</summary>
public enum SegmentWeights
{
    /// <summary>1 / n each: MA-RLHF's default.</summary>
    Equal,

    /// <summary>The first token only: the value of the state before the segment; for turns.</summary>
    First,

    /// <summary>The last token only (MA-RLHF's "unit").</summary>
    Last,

    /// <summary>1 / (i + 1), normalised: the first token weighs most, as in MA-RLHF's code.</summary>
    Early,

    /// <summary>1 / (n - i), normalised: the last token weighs most, as second-hand accounts of the paper have it.</summary>
    Late,
}

/// <summary>What a segment is worth.</summary>
/// <param name="Weights">Of its tokens.</param>
/// <param name="IsRewardSummed">Whether its reward is the sum of its token rewards, else their weighted mean.</param>
public readonly record struct SegmentRule(SegmentWeights Weights, bool IsRewardSummed)
{
    /// <summary>MA-RLHF as its code has it: weighted means. With segments longer than a token the KL weighs less by their length.</summary>
    public static SegmentRule Macro => new(SegmentWeights.Equal, IsRewardSummed: false);

    /// <summary>Turns: the state before the turn, and all that it earned.</summary>
    public static SegmentRule Turn => new(SegmentWeights.First, IsRewardSummed: true);

    /// <summary>Reward of a segment.</summary>
    internal double Reward(ReadOnlySpan<double> rewards)
    {
        if (!IsRewardSummed)
        {
            return Value(rewards);
        }

        double sum = 0;
        foreach (double reward in rewards)
        {
            sum += reward;
        }

        return sum;
    }

    /// <summary>Weighted mean of a segment; 0 if it is empty.</summary>
    internal double Value(ReadOnlySpan<double> values)
    {
        double sum = 0;
        double total = 0;
        for (int i = 0; i < values.Length; i++)
        {
            double weight = Weights switch
            {
                SegmentWeights.Equal => 1,
                SegmentWeights.First => i == 0 ? 1 : 0,
                SegmentWeights.Last => i == values.Length - 1 ? 1 : 0,
                SegmentWeights.Early => 1.0 / (i + 1),
                _ => 1.0 / (values.Length - i),
            };
            sum += weight * values[i];
            total += weight;
        }

        return values.IsEmpty ? 0 : sum / total;
    }
}
