using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>
/// Which completion is scored after the prompt of another for KTO's KL: within groups of consecutive examples, every completion moves on by the same
/// number of places. Fixed before training, so that a cache can hold the reference's log-probs and a resumed run needs nothing.
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
            Rotate(partners.AsSpan(start, Math.Min(groupSize, count - start)), start, 1);
        }

        return partners;
    }

    /// <summary>
    /// Each group is rotated by the smallest number of places that gives no prompt a completion of its own, as happens where pairs are taken apart; by the
    /// least harmful where there is none. A last group of one joins the group before it.
    /// </summary>
    /// <param name="examples">At least two.</param>
    /// <param name="groupSize">Examples of an optimizer step, at least two.</param>
    /// <returns>For each example the one whose completion it gets; never itself.</returns>
    public static int[] OtherPrompts(IReadOnlyList<UnpairedExample> examples, int groupSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(groupSize, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(examples.Count, 2);
        int[] partners = new int[examples.Count];
        int start = 0;
        while (start < examples.Count)
        {
            int rest = examples.Count - start;
            int size = rest <= groupSize + 1 ? rest : groupSize;
            Rotate(partners.AsSpan(start, size), start, Shift(examples, start, size));
            start += size;
        }

        return partners;
    }

    private static void Rotate(Span<int> partners, int start, int shift)
    {
        for (int i = 0; i < partners.Length; i++)
        {
            partners[i] = start + ((i + partners.Length - shift) % partners.Length);
        }
    }

    private static int Shift(IReadOnlyList<UnpairedExample> examples, int start, int size)
    {
        int best = 1;
        int fewest = int.MaxValue;
        for (int shift = 1; shift < size && fewest > 0; shift++)
        {
            int same = 0;
            for (int i = 0; i < size; i++)
            {
                int other = (i + size - shift) % size;
                same += examples[start + i].Prompt.AsSpan().SequenceEqual(examples[start + other].Prompt) ? 1 : 0;
            }

            if (same < fewest)
            {
                (best, fewest) = (shift, same);
            }
        }

        return best;
    }
}
