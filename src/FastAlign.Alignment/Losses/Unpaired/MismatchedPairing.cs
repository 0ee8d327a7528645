using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>
/// Which completion is scored after the prompt of another for KTO's KL: every completion of an optimizer step (TRL: of a group of consecutive examples)
/// moves on by the same number of places. A function of the order of the data alone: a cache can hold the reference's log-probs, a resumed run needs nothing.
/// </summary>
public static class MismatchedPairing
{
    /// <summary>TRL's pairing: each example gets the completion before it, the first of a group that of the last. A group of one gets its own.</summary>
    /// <param name="count">Examples.</param>
    /// <param name="groupSize">TRL: <c>per_device_train_batch_size</c>.</param>
    /// <returns>For each example the one whose completion it gets.</returns>
    public static int[] Previous(int count, int groupSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(groupSize);
        int[] partners = new int[count];
        for (int start = 0; start < count; start += groupSize)
        {
            Rotate(partners.AsSpan(start, Math.Min(groupSize, count - start)), start);
        }

        return partners;
    }

    /// <summary>
    /// The examples of a step, in its order, rotated by the smallest number of places that gives no prompt a completion of its own, as happens where pairs
    /// are taken apart; by the least harmful where there is none. A step of one takes the completion before it in the file.
    /// </summary>
    /// <param name="examples">All examples, at least two.</param>
    /// <param name="step">Which make up the step, all different.</param>
    /// <param name="partners">For each example of the step, at its own index, the one whose completion it gets; never itself. Others stay.</param>
    public static void OfStep(IReadOnlyList<UnpairedExample> examples, ReadOnlySpan<int> step, Span<int> partners)
    {
        if (step.Length == 1)
        {
            partners[step[0]] = (step[0] + examples.Count - 1) % examples.Count;
            return;
        }

        int shift = Shift(examples, step);
        for (int i = 0; i < step.Length; i++)
        {
            partners[step[i]] = step[(i + step.Length - shift) % step.Length];
        }
    }

    private static void Rotate(Span<int> partners, int start)
    {
        for (int i = 0; i < partners.Length; i++)
        {
            partners[i] = start + ((i + partners.Length - 1) % partners.Length);
        }
    }

    private static int Shift(IReadOnlyList<UnpairedExample> examples, ReadOnlySpan<int> step)
    {
        int best = 1;
        int fewest = int.MaxValue;
        for (int shift = 1; shift < step.Length && fewest > 0; shift++)
        {
            int same = 0;
            for (int i = 0; i < step.Length; i++)
            {
                int other = step[(i + step.Length - shift) % step.Length];
                same += examples[step[i]].Prompt.AsSpan().SequenceEqual(examples[other].Prompt) ? 1 : 0;
            }

            if (same < fewest)
            {
                (best, fewest) = (shift, same);
            }
        }

        return best;
    }
}
