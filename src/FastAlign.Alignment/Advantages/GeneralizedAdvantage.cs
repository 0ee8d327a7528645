using FastAlign.Core;
using FastAlign.Kernels;

namespace FastAlign.Alignment;

/// <summary>
/// Generalised advantage estimation (Schulman et al., 2016) over ragged rows. Value and advantage after the end of a sequence are 0.
/// <c>returns = advantages + values</c>.
/// </summary>
public static class GeneralizedAdvantage
{
    /// <summary>One step per token.</summary>
    /// <param name="rewards">[R] token rewards.</param>
    /// <param name="values">[R] value of the state before each token.</param>
    /// <param name="rowStarts">[S + 1]</param>
    /// <param name="gamma">Discount, in [0, 1].</param>
    /// <param name="lambda">In [0, 1].</param>
    /// <param name="advantages">[R] assigned.</param>
    /// <param name="returns">[R] assigned: targets of the value head.</param>
    public static void Tokens(
        ReadOnlySpan<double> rewards, ReadOnlySpan<double> values, ReadOnlySpan<int> rowStarts, double gamma, double lambda, Span<double> advantages, Span<double> returns)
    {
        Require(rewards.Length, values.Length, advantages.Length, returns.Length);
        var step = new AdvantageStep<ScalarDouble>(gamma, lambda);
        for (int s = 0; s + 1 < rowStarts.Length; s++)
        {
            var nextValue = new ScalarDouble(0);
            var next = new ScalarDouble(0);
            for (int t = rowStarts[s + 1] - 1; t >= rowStarts[s]; t--)
            {
                var value = new ScalarDouble(values[t]);
                next = step.Advantage(new ScalarDouble(rewards[t]), value, nextValue, next);
                nextValue = value;
                (advantages[t], returns[t]) = (next.Value, next.Value + value.Value);
            }
        }
    }

    /// <summary>
    /// One step per segment of a sequence: macro actions (MA-RLHF, Chai et al., 2024) or the turns of a dialogue. Every token of a segment gets its advantage and its
    /// return.
    /// </summary>
    /// <param name="rewards">[R] token rewards.</param>
    /// <param name="values">[R] value of the state before each token.</param>
    /// <param name="segments">Segments of all sequences.</param>
    /// <param name="rule">What a segment is worth.</param>
    /// <param name="gamma">Discount per segment, in [0, 1].</param>
    /// <param name="lambda">In [0, 1].</param>
    /// <param name="advantages">[R] assigned.</param>
    /// <param name="returns">[R] assigned.</param>
    public static void Segments(
        ReadOnlySpan<double> rewards, ReadOnlySpan<double> values, SegmentStarts segments, SegmentRule rule, double gamma, double lambda, Span<double> advantages, Span<double> returns)
    {
        Require(rewards.Length, values.Length, advantages.Length, returns.Length);
        int count = segments.Starts.Length - 1;
        double[] reward = new double[count];
        double[] value = new double[count];
        for (int i = 0; i < count; i++)
        {
            Range rows = segments.Starts[i]..segments.Starts[i + 1];
            (reward[i], value[i]) = (rule.Reward(rewards[rows]), rule.Value(values[rows]));
        }

        double[] advantage = new double[count];
        double[] target = new double[count];
        Tokens(reward, value, segments.OfSequences, gamma, lambda, advantage, target);
        for (int i = 0; i < count; i++)
        {
            Range rows = segments.Starts[i]..segments.Starts[i + 1];
            advantages[rows].Fill(advantage[i]);
            returns[rows].Fill(target[i]);
        }
    }

    private static void Require(int rewards, int values, int advantages, int returns)
    {
        if (values != rewards || advantages != rewards || returns != rewards)
        {
            throw new ShapeException($"[gae] values, advantages, returns: expected [{rewards}], got [{values}], [{advantages}], [{returns}]");
        }
    }
}
