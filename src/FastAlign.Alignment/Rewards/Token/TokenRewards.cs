using FastAlign.Core;
using FastAlign.Kernels;

namespace FastAlign.Alignment;

/// <summary>How a reward of several tokens becomes rewards of tokens.</summary>
public enum RewardPlacement
{
    /// <summary>All of it at the last token.</summary>
    Last,

    /// <summary>In equal parts on every token; the sum is the reward.</summary>
    Spread,

    /// <summary>All of it on every token; the sum grows with the length.</summary>
    Each,
}

/// <summary>
/// Rewards of tokens, [R], built up by adding: a scalar reward is the special case of one at the last scored row. Everything is in the unit of the
/// reward; rows are grouped by sequence through <c>rowStarts</c> [S + 1].
/// </summary>
public static class TokenRewards
{
    /// <summary>Subtracts the price of the KL at every token: <c>r_t -= coefficient k_t</c>.</summary>
    /// <param name="kl">[R] nats: an estimate (<see cref="KlEstimators"/>), or the exact KL of each token's distribution.</param>
    /// <param name="coefficient">Price of a nat, at least 0.</param>
    /// <param name="rewards">[R]</param>
    public static void SubtractKl(ReadOnlySpan<double> kl, double coefficient, Span<double> rewards)
    {
        var shaped = new ShapedReward<ScalarDouble>(coefficient);
        for (int t = 0; t < kl.Length; t++)
        {
            rewards[t] = shaped.Of(new ScalarDouble(rewards[t]), new ScalarDouble(kl[t])).Value;
        }
    }

    /// <summary>Adds one reward per sequence. A sequence without rows, or whose reward is NaN, gets nothing.</summary>
    public static void AddSequences(ReadOnlySpan<double> sequenceRewards, ReadOnlySpan<int> rowStarts, RewardPlacement placement, Span<double> rewards)
    {
        for (int s = 0; s < sequenceRewards.Length; s++)
        {
            AddSpan(sequenceRewards[s], rowStarts[s], rowStarts[s + 1], placement, rewards);
        }
    }

    /// <summary>Adds the reward of a span of rows, such as a sentence that a judge marked. An empty span, or a NaN, adds nothing.</summary>
    /// <param name="reward">Of the span.</param>
    /// <param name="start">First row.</param>
    /// <param name="end">Row after the last.</param>
    /// <param name="placement">On which of its tokens.</param>
    /// <param name="rewards">[R]</param>
    /// <exception cref="ShapeException">The span leaves [0, R].</exception>
    public static void AddSpan(double reward, int start, int end, RewardPlacement placement, Span<double> rewards)
    {
        if (start < 0 || end < start || end > rewards.Length)
        {
            throw new ShapeException($"[token rewards] span: expected within 0..{rewards.Length}, got {start}..{end}");
        }

        if (start == end || double.IsNaN(reward))
        {
            return;
        }

        if (placement == RewardPlacement.Last)
        {
            rewards[end - 1] += reward;
            return;
        }

        foreach (ref double row in rewards[start..end])
        {
            row += placement == RewardPlacement.Spread ? reward / (end - start) : reward;
        }
    }

    /// <summary>Adds one reward per segment, such as the steps of a solution that a process reward model scored.</summary>
    /// <param name="segmentRewards">[M]</param>
    /// <param name="segmentStarts">[M + 1] first row of each segment, ascending.</param>
    /// <param name="placement">On which of its tokens.</param>
    /// <param name="rewards">[R]</param>
    public static void AddSegments(ReadOnlySpan<double> segmentRewards, ReadOnlySpan<int> segmentStarts, RewardPlacement placement, Span<double> rewards) =>
        AddSequences(segmentRewards, segmentStarts, placement, rewards);

    /// <summary>Keeps every reward in [least, most]; NaN stays.</summary>
    public static void Clip(double least, double most, Span<double> rewards)
    {
        foreach (ref double reward in rewards)
        {
            reward = Math.Clamp(reward, least, most);
        }
    }

    /// <summary>Takes <paramref name="penalty"/> from sequences that did not end by themselves. <c>missing_eos_penalty</c></summary>
    /// <param name="hasEnd">[S] whether the stop token was sampled.</param>
    /// <param name="penalty">At least 0.</param>
    /// <param name="sequenceRewards">[S]</param>
    public static void PenalizeMissingEnd(ReadOnlySpan<bool> hasEnd, double penalty, Span<double> sequenceRewards)
    {
        for (int s = 0; s < hasEnd.Length; s++)
        {
            sequenceRewards[s] -= hasEnd[s] ? 0 : penalty;
        }
    }

    /// <summary>
    /// Reward of a length (DAPO, Yu et al., 2025, equation 13): 0 up to <c>longest - margin</c>, then falling linearly to -1 at <c>longest</c>, -1 beyond.
    /// </summary>
    /// <param name="tokens">Length of the completion.</param>
    /// <param name="longest">Longest length that is not cut.</param>
    /// <param name="margin">Tokens over which it falls, in [0, longest].</param>
    public static double Overlong(int tokens, int longest, int margin) =>
        tokens <= longest - margin ? 0 : tokens <= longest ? (double)(longest - margin - tokens) / margin : -1;
}
