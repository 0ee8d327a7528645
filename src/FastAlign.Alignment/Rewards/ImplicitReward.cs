using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>
/// The reward that a policy trained by DPO implies, token by token: <c>r_t = beta (log pi(t) - log ref(t))</c>, so that the reward of a completion is the
/// sum over its tokens (Rafailov et al., "From r to Q*", 2024: up to shaping by a value function that telescopes away). A credit map: which tokens the
/// preferences were about.
/// </summary>
public static class ImplicitReward
{
    /// <summary>Reward of each token, in units of beta times nats.</summary>
    /// <param name="logProb">[R] of the policy, nats.</param>
    /// <param name="reference">[R] of the reference, nats.</param>
    /// <param name="beta">Inverse temperature that the policy was trained with.</param>
    /// <param name="rewards">[R], assigned.</param>
    /// <exception cref="ShapeException">Lengths differ.</exception>
    public static void Tokens(ReadOnlySpan<double> logProb, ReadOnlySpan<double> reference, double beta, Span<double> rewards)
    {
        if (reference.Length != logProb.Length || rewards.Length != logProb.Length)
        {
            throw new ShapeException($"[implicit reward] expected [{logProb.Length}], got [{reference.Length}], [{rewards.Length}]");
        }

        for (int t = 0; t < rewards.Length; t++)
        {
            rewards[t] = beta * (logProb[t] - reference[t]);
        }
    }

    /// <summary>Sums over consecutive spans: sentences, steps, turns.</summary>
    /// <param name="tokens">[R]</param>
    /// <param name="starts">[spans + 1] first token of each span, ascending from 0 to R.</param>
    /// <param name="rewards">[spans], assigned.</param>
    /// <exception cref="ShapeException">The spans do not cover the tokens.</exception>
    public static void Spans(ReadOnlySpan<double> tokens, ReadOnlySpan<int> starts, Span<double> rewards)
    {
        if (starts.Length != rewards.Length + 1 || starts[0] != 0 || starts[^1] != tokens.Length)
        {
            throw new ShapeException($"[implicit reward] starts: expected [{rewards.Length + 1}] from 0 to {tokens.Length}, got [{starts.Length}]");
        }

        for (int span = 0; span < rewards.Length; span++)
        {
            double sum = 0;
            foreach (double reward in tokens[starts[span]..starts[span + 1]])
            {
                sum += reward;
            }

            rewards[span] = sum;
        }
    }
}
