using FastAlign.Core;

namespace FastAlign.IO.Datasets;

/// <summary>Rows kept away from training, for evaluation: a pure function of the seed, so a resumed run needs no list of them.</summary>
public static class HeldOutRows
{
    // A step that no epoch reaches, so the split shares no draw with an order.
    private const ulong SplitStep = uint.MaxValue;

    /// <summary>Holds rows out for evaluation, drawn at random; both parts stay in their order.</summary>
    /// <param name="rows">All rows.</param>
    /// <param name="heldOut">Below 1: a fraction of the rows, rounded up. From 1: a whole number of rows.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <exception cref="InputException">The amount is negative, no whole number, or leaves no row to train on.</exception>
    public static (T[] Train, T[] HeldOut) Split<T>(ReadOnlySpan<T> rows, double heldOut, ulong seed)
    {
        if (!(heldOut >= 0) || (heldOut >= 1 && heldOut != Math.Floor(heldOut)))
        {
            throw new InputException($"held-out rows: expected a fraction below 1 or a whole number, found {heldOut}");
        }

        double count = heldOut < 1 ? Math.Ceiling(heldOut * rows.Length) : heldOut;
        if (count >= rows.Length)
        {
            throw new InputException($"held-out rows: expected fewer than the {rows.Length} rows there are, found {count}");
        }

        bool[] isHeldOut = new bool[rows.Length];
        foreach (int row in new Philox(seed, RandomPurpose.DataOrder, SplitStep).Permutation(rows.Length).AsSpan(0, (int)count))
        {
            isHeldOut[row] = true;
        }

        List<T> train = [];
        List<T> eval = [];
        for (int i = 0; i < rows.Length; i++)
        {
            (isHeldOut[i] ? eval : train).Add(rows[i]);
        }

        return ([.. train], [.. eval]);
    }
}
