using System.Runtime.CompilerServices;
using ILGPU;

namespace FastAlign.Kernels.Device;

/// <summary>
/// <c>y = softmax(scale q·k) v</c>, one group per tile of 32 lanes, with a running maximum and sum over blocks of 64 keys (Milakov and Gimelshein,
/// 2018; Dao et al., 2022). No score leaves shared memory. The same kernel serves training, prefill and decoding.
/// </summary>
/// <remarks>
/// Order of additions of one lane: q·k over ascending d; the sum of exponentials over ascending keys in each half of a block, then both halves, then block by
/// block; p·v in one chain over ascending keys, rescaled between blocks. Blocks are counted from position 0 of the path, whatever segments they lie in, and a
/// masked key adds exactly zero: so the bits of a row depend on nothing but its own path.
/// </remarks>
public static class Attention
{
    /// <summary>Positions per key block.</summary>
    public const int KeyBlock = 64;

    /// <summary>Shared memory: scores, two staged operands, lists of rows, and the state of the softmax.</summary>
    public const int SharedBytes =
        (((KeyBlock * TileProduct.Stride) + (2 * TileProduct.StageLength) + TileProduct.GroupSize + (3 * TileProduct.Tile)) * sizeof(float)) + ((KeyBlock + TileProduct.Tile) * 2 * sizeof(int));

    private const int Tile = TileProduct.Tile;

    public static void ForwardKernel(AttentionArguments a)
    {
        ArrayView<float> scores = SharedMemory.Allocate<float>(KeyBlock * TileProduct.Stride);
        ArrayView<float> left = SharedMemory.Allocate<float>(TileProduct.StageLength);
        ArrayView<float> right = SharedMemory.Allocate<float>(TileProduct.StageLength);
        ArrayView<float> parts = SharedMemory.Allocate<float>(TileProduct.GroupSize);
        ArrayView<float> max = SharedMemory.Allocate<float>(Tile);
        ArrayView<float> total = SharedMemory.Allocate<float>(Tile);
        ArrayView<float> rescale = SharedMemory.Allocate<float>(Tile);
        ArrayView<RowStart> lanes = SharedMemory.Allocate<RowStart>(Tile);
        ArrayView<RowStart> keys = SharedMemory.Allocate<RowStart>(KeyBlock);

        // Last tiles first: they see the most keys, and a launch that ends with small pieces ends evenly.
        QueryTile tile = QueryTile.Find(a, (a.Forest.QueryTiles * a.KeyHeads) - 1 - Grid.IdxX);
        int thread = Group.IdxX;
        if (thread < Tile)
        {
            lanes[thread] = tile.Start(thread, a.Width);
            (max[thread], total[thread]) = (float.NegativeInfinity, 0f);
        }

        int first = tile.MinPosition - a.Window + 1;
        first = first > 0 ? first / KeyBlock * KeyBlock : 0;
        for (int start = first; start <= tile.MaxPosition; start += KeyBlock)
        {
            int count = tile.MaxPosition + 1 - start < KeyBlock ? tile.MaxPosition + 1 - start : KeyBlock;
            keys[thread] = thread < count ? FindKey(a, tile, start + thread) : new RowStart(-1, 0);
            Group.Barrier();
            for (int half = 0; half < count; half += Tile)
            {
                TileProduct.OfRows(a.K, keys, half, a.Q, lanes, 0, a.Width, left, right).Store(scores, half);
            }

            Group.Barrier();
            Softmax(a, tile, start, count, scores, parts, max, total, rescale);
            for (int column = 0; column < a.Width; column += Tile)
            {
                RegisterBlock before = start == first ? RegisterBlock.Zero : Rescaled(TileProduct.Load(a.Y, lanes, column, a.Width), rescale);
                RegisterBlock sums = TileProduct.AddWeighted(before, scores, a.V, keys, count, column, a.Width, right);
                TileProduct.Store(sums, a.Y, lanes, column, a.Width);
            }
        }

        Finish(a, tile, lanes, max, total);
    }

    /// <summary>Row of the key at a position on the path of the tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static RowStart FindKey(AttentionArguments a, QueryTile tile, int position)
    {
        ForestSegment segment = a.Forest.Segments[tile.Segment];
        while (position < segment.FirstPosition)
        {
            segment = a.Forest.Segments[segment.Parent];
        }

        return new RowStart(segment.Start + position - segment.FirstPosition, tile.KeyHead * a.Width);
    }

    /// <summary>The score of a product of a query and a key: scaled and capped.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float Score(AttentionArguments a, float product)
    {
        float score = a.Scale * product;
        return a.SoftCap > 0f ? a.SoftCap * DeviceFloat.Tanh(new DeviceFloat(score / a.SoftCap)).Value : score;
    }

    /// <summary>Whether the query at one position sees the key at another on its path.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool IsVisible(int key, int query, int window) => key <= query && key > query - window;

    /// <summary>
    /// Turns products [key, lane] into exponentials and carries maximum and sum on. Two threads per lane, one for each half of the block. Ends with a barrier.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Softmax(
        AttentionArguments a, QueryTile tile, int start, int count, ArrayView<float> scores, ArrayView<float> parts, ArrayView<float> max, ArrayView<float> total, ArrayView<float> rescale)
    {
        int thread = Group.IdxX;
        int lane = thread % Tile;
        int from = thread / Tile * Tile;
        int to = from + Tile < count ? from + Tile : count;
        int position = tile.Position(lane);
        float before = max[lane];
        float largest = before;
        for (int key = from; key < to; key++)
        {
            int at = (key * TileProduct.Stride) + lane;
            float score = IsVisible(start + key, position, a.Window) ? Score(a, scores[at]) : float.NegativeInfinity;
            scores[at] = score;
            largest = largest < score ? score : largest;
        }

        parts[thread] = largest;
        Group.Barrier();
        float other = parts[(thread + Tile) % TileProduct.GroupSize];
        largest = largest < other ? other : largest;

        // A lane that has seen no key yet keeps its infinite maximum; shifting by it would be infinity - infinity.
        float shift = largest == float.NegativeInfinity ? 0f : largest;
        float sum = 0f;
        for (int key = from; key < to; key++)
        {
            int at = (key * TileProduct.Stride) + lane;
            float p = DeviceMath.Exp(scores[at] - shift);
            scores[at] = p;
            sum += p;
        }

        Group.Barrier();
        parts[thread] = sum;
        Group.Barrier();
        if (thread < Tile)
        {
            float factor = DeviceMath.Exp(before - shift);
            total[lane] = (total[lane] * factor) + (parts[lane] + parts[lane + Tile]);
            (max[lane], rescale[lane]) = (largest, factor);
        }

        Group.Barrier();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static RegisterBlock Rescaled(RegisterBlock block, ArrayView<float> rescale)
    {
        int lane = TileProduct.BlockRow;
        return new RegisterBlock(block.Row0.Scaled(rescale[lane]), block.Row1.Scaled(rescale[lane + 1]), block.Row2.Scaled(rescale[lane + 2]), block.Row3.Scaled(rescale[lane + 3]));
    }

    /// <summary><c>y /= total</c>, each thread the elements that it has summed; <c>logZ = max + log(total)</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(AttentionArguments a, QueryTile tile, ArrayView<RowStart> lanes, ArrayView<float> max, ArrayView<float> total)
    {
        for (int column = 0; column < a.Width; column += Tile)
        {
            RegisterBlock sums = TileProduct.Load(a.Y, lanes, column, a.Width);
            int lane = TileProduct.BlockRow;
            RegisterBlock y = new(sums.Row0.Over(total[lane]), sums.Row1.Over(total[lane + 1]), sums.Row2.Over(total[lane + 2]), sums.Row3.Over(total[lane + 3]));
            TileProduct.Store(y, a.Y, lanes, column, a.Width);
        }

        int thread = Group.IdxX;
        if (thread < Tile && lanes[thread].Row >= 0)
        {
            a.LogZ[lanes[thread].Row, tile.Head(thread)] = max[thread] + DeviceMath.Log(total[thread]);
        }
    }
}
