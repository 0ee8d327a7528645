using ILGPU;

namespace FastAlign.Kernels.Device;

/// <summary>
/// A few tokens of each row: which are the most probable, what their log-probs are, and the gradient of those. Row-invariant: a group or thread sees one row.
/// </summary>
public static class VocabularyTokens
{
    /// <summary>
    /// One group per row. The largest entry of the tile that was not looked at yet, the first among equals, goes into the list if it is larger than the list's
    /// last; the first that is not ends the tile. After the first tile most rows end at once.
    /// </summary>
    public static void TopKernel(TopTokenArguments a)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupTree.GroupSize);
        (int row, int thread) = (Grid.IdxX, Group.IdxX);
        for (int k = thread; k < (a.First == 0 ? a.K : 0); k += GroupTree.GroupSize)
        {
            (a.Logits[row, k], a.Ids[row, k]) = (float.NegativeInfinity, 0);
        }

        Group.Barrier();
        float last = float.PositiveInfinity;
        float lastAt = -1f;
        bool isLarger = true;
        for (int round = 0; round < a.K && isLarger; round++)
        {
            float largest = float.NegativeInfinity;
            float at = float.PositiveInfinity;
            for (int j = thread; j < a.Count; j += GroupTree.GroupSize)
            {
                float z = a.Products[row, j];
                bool isNext = (z < last || (z == last && j > lastAt)) && largest < z;
                largest = isNext ? z : largest;
                at = isNext ? j : at;
            }

            // Indices of a tile are exact as floats.
            last = GroupTree.Max(largest, shared);
            lastAt = -GroupTree.Max(largest == last ? -at : float.NegativeInfinity, shared);

            // One thread alone reads and writes the list, hence sees it as it is.
            isLarger = GroupTree.Max(thread == 0 && a.Logits[row, a.K - 1] < last ? 1f : 0f, shared) > 0f;
            if (thread == 0 && isLarger)
            {
                Insert(a, row, last, a.First + (int)lastAt);
            }
        }
    }

    /// <summary>One thread per token: the chain of the products, bias last.</summary>
    public static void SelectKernel(SelectedArguments a)
    {
        if (a.Extent.IsOutside)
        {
            return;
        }

        (int row, int k) = ((int)(a.Extent.Column / a.K), (int)(a.Extent.Column % a.K));
        int id = a.Ids[row, k];
        float product = 0f;
        for (int c = 0; c < a.C; c++)
        {
            product = (a.X[row, c] * a.W[id, c]) + product;
        }

        product += a.Bias.IsNone ? 0f : a.Bias[id];
        a.LogProb[row, k] = a.Transform.Logit(product) - a.LogZ[row];
    }

    /// <summary><c>dz_v = sum_k dLogProb_k (1[v = id_k] - p_v)</c>, times the slope of the transform; one thread per element, in place.</summary>
    public static void GradientKernel(SelectedGradientArguments a)
    {
        if (a.Extent.IsOutside)
        {
            return;
        }

        (int row, long column) = (a.Extent.Row, a.Extent.Column);
        (float total, float chosen) = (0f, 0f);
        for (int k = 0; k < a.K; k++)
        {
            float d = a.DLogProb[row, k];
            total += d;
            chosen += a.Ids[row, k] == a.First + column ? d : 0f;
        }

        float product = a.Tile.Products[row, column];
        float p = DeviceMath.Exp(a.Tile.Transform.Logit(product) - a.Tile.LogZ[row]);
        a.Tile.Products[row, column] = (chosen - (total * p)) * a.Tile.Transform.Slope(product);
    }

    private static void Insert(TopTokenArguments a, int row, float logit, int id)
    {
        int at = a.K - 1;
        while (at > 0 && a.Logits[row, at - 1] < logit)
        {
            (a.Logits[row, at], a.Ids[row, at]) = (a.Logits[row, at - 1], a.Ids[row, at - 1]);
            at--;
        }

        (a.Logits[row, at], a.Ids[row, at]) = (logit, id);
    }
}
