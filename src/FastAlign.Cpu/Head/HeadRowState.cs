namespace FastAlign.Cpu.Head;

/// <summary>
/// What the tiles seen so far say about one row. All sums are relative to <see cref="Max"/>, <c>d_v = z_v - Max</c>, and kept in double, so that the
/// number of tiles does not cost precision (Milakov and Gimelshein, 2018, carried over to the other sums).
/// </summary>
internal struct HeadRowState
{
    /// <summary>Largest logit.</summary>
    public float Max;

    /// <summary>First vocabulary index of the largest logit.</summary>
    public int ArgMax;

    /// <summary>Logit of the target.</summary>
    public float Target;

    /// <summary><c>sum e^d</c></summary>
    public double Sum;

    /// <summary><c>sum d e^d</c></summary>
    public double WeightedSum;

    /// <summary><c>sum e^2d</c></summary>
    public double SquareSum;

    /// <summary><c>sum z</c></summary>
    public double LogitSum;

    /// <summary>Nothing seen; the finite maximum keeps differences with logits of minus infinity defined.</summary>
    public static HeadRowState Empty => new() { Max = float.MinValue };

    public readonly double LogZ => Max + Math.Log(Sum);

    /// <summary><c>z_target - logZ</c></summary>
    public readonly double LogProb => (double)Target - Max - Math.Log(Sum);

    /// <summary><c>-sum p log p = log sum e^d - sum d e^d / sum e^d</c></summary>
    public readonly double Entropy => Math.Log(Sum) - (WeightedSum / Sum);

    /// <summary><c>log sum p^2</c></summary>
    public readonly double LogSumSquares => Math.Log(SquareSum) - (2 * Math.Log(Sum));

    /// <summary>Moves the sums to a larger maximum.</summary>
    public void RaiseMax(float max, int argMax)
    {
        double rise = (double)max - Max;
        double factor = Math.Exp(-rise);
        WeightedSum = factor * (WeightedSum - (rise * Sum));
        Sum *= factor;
        SquareSum *= factor * factor;
        (Max, ArgMax) = (max, argMax);
    }
}
