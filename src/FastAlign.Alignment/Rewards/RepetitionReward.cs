using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>
/// <c>penalty (1 - distinct n-grams / n-grams)</c> over the tokens of a completion: 0 where nothing repeats or there is no n-gram (Yeo et al., 2025). TRL's
/// repetition penalty.
/// </summary>
public static class RepetitionReward
{
    /// <param name="tokens">The completion.</param>
    /// <param name="size">n, at least 1. <c>ngram_size</c></param>
    /// <param name="penalty">Reward of pure repetition, at most 0. <c>max_penalty</c></param>
    /// <exception cref="InputException">An option is outside its range.</exception>
    public static double Of(ReadOnlySpan<int> tokens, int size, double penalty)
    {
        if (size < 1)
        {
            throw new InputException($"ngram_size: expected at least 1, found {size}");
        }

        if (!(penalty <= 0))
        {
            throw new InputException($"max_penalty: expected a number of at most 0, found {penalty}");
        }

        int total = tokens.Length - size + 1;
        if (total < 1)
        {
            return 0;
        }

        // Equal n-grams are neighbours once their starts are sorted by what follows.
        int[] starts = [.. Enumerable.Range(0, total)];
        int[] ids = tokens.ToArray();
        Array.Sort(starts, (a, b) => ids.AsSpan(a, size).SequenceCompareTo(ids.AsSpan(b, size)));
        int distinct = 1;
        for (int i = 1; i < total; i++)
        {
            distinct += ids.AsSpan(starts[i], size).SequenceEqual(ids.AsSpan(starts[i - 1], size)) ? 0 : 1;
        }

        return penalty * (1 - ((double)distinct / total));
    }
}
