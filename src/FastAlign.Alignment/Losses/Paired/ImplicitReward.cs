using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>
/// The token-level reading of a DPO policy: under it, <c>beta (logp_t - ref_t)</c> is the reward of token t up to a potential of the prefix, and its sum over
/// a completion is the reward that DPO fits ("From r to Q*": Rafailov et al., 2024).
/// </summary>
public static class ImplicitReward
{
    /// <summary><c>reward_t = beta (logp_t - ref_t)</c></summary>
    /// <param name="logProb">[R] policy, nats.</param>
    /// <param name="reference">[R] reference, nats.</param>
    /// <param name="beta">Inverse temperature that the policy was trained with.</param>
    /// <param name="rewards">[R] assigned; may be <paramref name="logProb"/> itself.</param>
    public static void Tokens(ReadOnlySpan<double> logProb, ReadOnlySpan<double> reference, double beta, Span<double> rewards)
    {
        if (reference.Length != logProb.Length || rewards.Length != logProb.Length)
        {
            throw new ShapeException($"[implicit_reward] reference, rewards: expected [{logProb.Length}], got [{reference.Length}], [{rewards.Length}]");
        }

        for (int t = 0; t < rewards.Length; t++)
        {
            rewards[t] = beta * (logProb[t] - reference[t]);
        }
    }

    /// <summary>Sums of token rewards over spans: steps of a solution, turns, whole completions.</summary>
    /// <param name="rewards">[R]</param>
    /// <param name="starts">[K + 1] first token of each span, ascending, and the end of the last one.</param>
    /// <param name="sums">[K] assigned.</param>
    public static void Spans(ReadOnlySpan<double> rewards, ReadOnlySpan<int> starts, Span<double> sums)
    {
        if (starts.Length != sums.Length + 1 || starts[0] < 0 || starts[^1] > rewards.Length)
        {
            throw new ShapeException($"[implicit_reward] starts: expected [{sums.Length + 1}] within 0 to {rewards.Length}, got [{starts.Length}]");
        }

        for (int k = 0; k < sums.Length; k++)
        {
            double sum = 0;
            foreach (double reward in rewards[starts[k]..starts[k + 1]])
            {
                sum += reward;
            }

            sums[k] = sum;
        }
    }
}
