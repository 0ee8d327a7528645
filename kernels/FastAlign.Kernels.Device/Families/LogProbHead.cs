using ILGPU;

namespace FastAlign.Kernels.Device;

/// <summary>
/// The log-prob head between its products: tiles of <c>x wᵀ + b</c> come from the matrix product and are folded into one state per row (forward), or turned into
/// derivatives (backward), before the next tile overwrites them. Row-invariant, as the product is: a group or thread sees one row.
/// </summary>
public static class LogProbHead
{
    /// <summary>Rows per pass over the vocabulary: enough that reading W hides behind the arithmetic.</summary>
    public const int TileRows = 1024;

    /// <summary>
    /// Vocabulary entries per tile: part of the order of operations, since sums are rescaled at tile borders and the gradient of x is stored there. With
    /// <see cref="TileRows"/> it bounds the scratch to 8 MB, whatever R and V.
    /// </summary>
    public const int TileColumns = 2048;

    /// <summary>One group per row: maximum, then sums, by the tree of <see cref="GroupTree"/>.</summary>
    public static void FoldKernel(HeadFoldArguments a)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupTree.GroupSize);
        (int row, int thread) = (Grid.IdxX, Group.IdxX);
        int target = a.Tile.Targets[row] - a.Tile.First;

        // A finite start keeps differences with logits of minus infinity defined.
        float largest = float.MinValue;
        for (int j = thread; j < a.Tile.Count; j += GroupTree.GroupSize)
        {
            float z = a.Tile.Transform.Logit(a.Tile.Products[row, j]);
            a.Tile.Products[row, j] = z;
            largest = largest < z ? z : largest;
            if (j == target)
            {
                a.TargetLogits[row] = z;
            }
        }

        float tileMax = GroupTree.Max(largest, shared);
        HeadRow before = a.Tile.First == 0 ? new HeadRow(tileMax, 0, 0f, 0f, 0f, 0f) : a.States[row];
        float max = before.Max < tileMax ? tileMax : before.Max;
        float firstAtMax = float.PositiveInfinity;
        (float sum, float weighted, float square, float logits) = (0f, 0f, 0f, 0f);
        for (int j = thread; j < a.Tile.Count; j += GroupTree.GroupSize)
        {
            float z = a.Tile.Products[row, j];
            firstAtMax = z == tileMax && j < firstAtMax ? j : firstAtMax;
            float d = z - max;
            float e = DeviceMath.Exp(d);
            sum += e;

            // d may be minus infinity where e is 0.
            weighted += e == 0f ? 0f : e * d;
            square = (e * e) + square;
            logits += z;
            if (!a.Slopes.IsNone)
            {
                a.Tile.Products[row, j] = e * a.Tile.Transform.SlopeAt(z);
            }
        }

        if (!a.Slopes.IsNone && a.Tile.First > 0 && before.Max < tileMax)
        {
            float toNewMaximum = DeviceMath.Exp(before.Max - max);
            for (int j = thread; j < a.Width; j += GroupTree.GroupSize)
            {
                a.Slopes[row, j] *= toNewMaximum;
            }
        }

        // Indices of a tile are exact as floats, so the tree of maxima finds the smallest too.
        firstAtMax = -GroupTree.Max(-firstAtMax, shared);
        sum = GroupTree.Sum(sum, shared);
        weighted = GroupTree.Sum(weighted, shared);
        square = GroupTree.Sum(square, shared);
        logits = GroupTree.Sum(logits, shared);
        if (thread == 0)
        {
            float rise = max - before.Max;
            float factor = DeviceMath.Exp(-rise);
            bool isNew = a.Tile.First == 0 || before.Max < tileMax;
            a.States[row] = new HeadRow(
                max,
                isNew ? a.Tile.First + (int)firstAtMax : before.ArgMax,
                (factor * before.Sum) + sum,
                (factor * (before.WeightedSum - (rise * before.Sum))) + weighted,
                (factor * factor * before.SquareSum) + square,
                before.LogitSum + logits);
        }
    }

    /// <summary>One thread per row.</summary>
    public static void FinishKernel(HeadFinishArguments a)
    {
        if (a.Extent.IsOutside)
        {
            return;
        }

        long row = a.Extent.Column;
        HeadRow state = a.States[row];
        float logSum = DeviceMath.Log(state.Sum);
        a.LogProb[row] = a.TargetLogits[row] - state.Max - logSum;
        a.LogZ[row] = state.Max + logSum;
        if (!a.Entropy.IsNone)
        {
            // -sum p log p = log sum e^d - sum d e^d / sum e^d
            a.Entropy[row] = logSum - (state.WeightedSum / state.Sum);
        }

        if (!a.LogSumSquares.IsNone)
        {
            a.LogSumSquares[row] = DeviceMath.Log(state.SquareSum) - (2f * logSum);
        }

        if (!a.MeanLogit.IsNone)
        {
            a.MeanLogit[row] = state.LogitSum / a.Vocabulary;
        }

        if (!a.ArgMax.IsNone)
        {
            a.ArgMax[row] = state.ArgMax;
        }
    }

    /// <summary>One thread per element of the slopes.</summary>
    public static void SlopeKernel(HeadSlopeArguments a)
    {
        if (a.Extent.IsOutside)
        {
            return;
        }

        (int row, long column) = (a.Extent.Row, a.Extent.Column);
        float ofTarget = a.Transform.SlopeAt(a.TargetLogits[row]) * a.W[a.Targets[row], column];
        a.Slopes[row, column] = ofTarget - (a.Slopes[row, column] / a.States[row].Sum);
    }

    /// <summary>One thread per element of dx.</summary>
    public static void SlopeGradientKernel(HeadSlopeGradientArguments a)
    {
        if (a.Extent.IsOutside)
        {
            return;
        }

        (int row, long column) = (a.Extent.Row, a.Extent.Column);
        a.Dx[row, column] = a.DLogProb[row] * a.Slopes[row, column];
    }

    /// <summary>
    /// <c>dz_v = dLogProb (1[v = target] - p_v) - dEntropy p_v (log p_v + entropy)</c>, times the slope of the transform; one thread per element, in place.
    /// </summary>
    public static void GradientKernel(HeadGradientArguments a)
    {
        if (a.Extent.IsOutside)
        {
            return;
        }

        (int row, long column) = (a.Extent.Row, a.Extent.Column);
        float product = a.Tile.Products[row, column];
        float logP = a.Tile.Transform.Logit(product) - a.LogZ[row];
        float p = DeviceMath.Exp(logP);
        float dLogProb = a.DLogProb[row];
        float dz = -dLogProb * p;
        if (!a.DEntropy.IsNone)
        {
            // log p may be minus infinity where p is 0.
            dz -= p == 0f ? 0f : a.DEntropy[row] * (p * (logP + a.Entropy[row]));
        }

        dz += a.Tile.First + column == a.Tile.Targets[row] ? dLogProb : 0f;
        a.Tile.Products[row, column] = dz * a.Tile.Transform.Slope(product);
    }

    /// <summary><c>dbias_v += sum dz_v</c>: one thread per entry, one chain down the rows from the value already there.</summary>
    public static void BiasGradientKernel(HeadBiasGradientArguments a)
    {
        if (a.Extent.IsOutside)
        {
            return;
        }

        long column = a.Extent.Column;
        float sum = a.DBias[column];
        for (int row = 0; row < a.Rows; row++)
        {
            sum += a.Dz[row, column];
        }

        a.DBias[column] = sum;
    }
}
