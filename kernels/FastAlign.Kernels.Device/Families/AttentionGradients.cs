using System.Runtime.CompilerServices;
using ILGPU;

namespace FastAlign.Kernels.Device;

/// <summary>
/// Gradients of <see cref="Attention"/> by recomputation from logZ: <c>p = exp(s - logZ)</c>, <c>ds = p (dy·v - dy·y)</c>. Two passes, over queries for
/// <c>dq = scale ds k</c> and over keys for <c>dk = scale dsᵀ q</c>, <c>dv = pᵀ dy</c>: 7 products instead of the 5 of a single pass, but every group writes
/// rows of its own, so that no atomics are needed and sums have one order.
/// </summary>
public static class AttentionGradients
{
    /// <summary>Shared memory of either pass: two tiles of 32 x 32, two staged operands, lists of rows, logZ and delta.</summary>
    public const int SharedBytes =
        (((2 * Tile * TileProduct.Stride) + (2 * TileProduct.StageLength) + (2 * Tile)) * sizeof(float)) + (2 * Tile * 2 * sizeof(int));

    private const int Tile = TileProduct.Tile;

    /// <summary>One group per tile of queries: one chain over ascending keys per element of dq. Row-invariant, as the forward kernel is.</summary>
    public static void QueryKernel(AttentionGradientArguments g)
    {
        ArrayView<float> p = SharedMemory.Allocate<float>(Tile * TileProduct.Stride);
        ArrayView<float> ds = SharedMemory.Allocate<float>(Tile * TileProduct.Stride);
        ArrayView<float> left = SharedMemory.Allocate<float>(TileProduct.StageLength);
        ArrayView<float> right = SharedMemory.Allocate<float>(TileProduct.StageLength);
        ArrayView<float> logZ = SharedMemory.Allocate<float>(Tile);
        ArrayView<float> delta = SharedMemory.Allocate<float>(Tile);
        ArrayView<RowStart> lanes = SharedMemory.Allocate<RowStart>(Tile);
        ArrayView<RowStart> keys = SharedMemory.Allocate<RowStart>(Tile);

        AttentionArguments a = g.Forward;
        QueryTile tile = QueryTile.Find(a, (a.Forest.QueryTiles * a.KeyHeads) - 1 - Grid.IdxX);
        LoadLanes(g, tile, lanes, logZ, delta);
        int first = tile.MinPosition - a.Window + 1;
        first = first > 0 ? first / Tile * Tile : 0;
        for (int start = first; start <= tile.MaxPosition; start += Tile)
        {
            int thread = Group.IdxX;
            if (thread < Tile)
            {
                keys[thread] = start + thread <= tile.MaxPosition ? Attention.FindKey(a, tile, start + thread) : new RowStart(-1, 0);
            }

            Group.Barrier();
            TileProduct.OfRows(a.K, keys, 0, a.Q, lanes, 0, a.Width, left, right).Store(p, 0);
            TileProduct.OfRows(a.V, keys, 0, g.Dy, lanes, 0, a.Width, left, right).Store(ds, 0);
            Group.Barrier();
            for (int e = thread; e < Tile * Tile; e += TileProduct.GroupSize)
            {
                (int key, int lane) = (e / Tile, e % Tile);
                bool isVisible = Attention.IsVisible(start + key, tile.Position(lane), a.Window);
                Differentiate(a, isVisible, logZ[lane], delta[lane], (key * TileProduct.Stride) + lane, p, ds);
            }

            Group.Barrier();
            for (int column = 0; column < a.Width; column += Tile)
            {
                RegisterBlock before = start == first ? RegisterBlock.Zero : TileProduct.Load(g.Dq, lanes, column, a.Width);
                TileProduct.Store(TileProduct.AddWeighted(before, ds, a.K, keys, Tile, column, a.Width, right), g.Dq, lanes, column, a.Width);
            }
        }
    }

    /// <summary>
    /// One group per tile of keys, over all queries below it in the tree. A key that several sequences share is one chain over all of them: in the order of
    /// runs, rows ascending, the heads of the group within a row.
    /// </summary>
    public static void KeyKernel(AttentionGradientArguments g)
    {
        ArrayView<float> p = SharedMemory.Allocate<float>(Tile * TileProduct.Stride);
        ArrayView<float> ds = SharedMemory.Allocate<float>(Tile * TileProduct.Stride);
        ArrayView<float> left = SharedMemory.Allocate<float>(TileProduct.StageLength);
        ArrayView<float> right = SharedMemory.Allocate<float>(TileProduct.StageLength);
        ArrayView<float> logZ = SharedMemory.Allocate<float>(Tile);
        ArrayView<float> delta = SharedMemory.Allocate<float>(Tile);
        ArrayView<RowStart> lanes = SharedMemory.Allocate<RowStart>(Tile);
        ArrayView<RowStart> keys = SharedMemory.Allocate<RowStart>(Tile);

        AttentionArguments a = g.Forward;
        KeyTile tile = KeyTile.Find(a, Grid.IdxX);
        int thread = Group.IdxX;
        if (thread < Tile)
        {
            keys[thread] = new RowStart(thread < tile.Count ? tile.FirstRow + thread : -1, tile.KeyHead * a.Width);
        }

        Group.Barrier();
        for (int column = 0; column < a.Width; column += Tile)
        {
            TileProduct.Store(RegisterBlock.Zero, g.Dk, keys, column, a.Width);
            TileProduct.Store(RegisterBlock.Zero, g.Dv, keys, column, a.Width);
        }

        for (int r = 0; r < a.Forest.RunCount; r++)
        {
            ForestRun run = a.Forest.Runs[r];
            (int from, int to) = tile.SeenBy(run, a.Forest.Segments[run.Segment].TreeOrder, a.Share, a.Window);
            for (int lane = from; lane < to; lane += Tile)
            {
                QueryTile queries = new(run, tile.KeyHead, a.Share, lane);
                LoadLanes(g, queries, lanes, logZ, delta);
                Group.Barrier();
                TileProduct.OfRows(a.Q, lanes, 0, a.K, keys, 0, a.Width, left, right).Store(p, 0);
                TileProduct.OfRows(g.Dy, lanes, 0, a.V, keys, 0, a.Width, left, right).Store(ds, 0);
                Group.Barrier();
                for (int e = thread; e < Tile * Tile; e += TileProduct.GroupSize)
                {
                    (int i, int key) = (e / Tile, e % Tile);
                    bool isVisible = lanes[i].Row >= 0 && Attention.IsVisible(tile.FirstPosition + key, queries.Position(i), a.Window);
                    Differentiate(a, isVisible, logZ[i], delta[i], (i * TileProduct.Stride) + key, p, ds);
                }

                Group.Barrier();
                for (int column = 0; column < a.Width; column += Tile)
                {
                    Add(p, g.Dy, lanes, g.Dv, keys, column, a.Width, right);
                    Add(ds, a.Q, lanes, g.Dk, keys, column, a.Width, right);
                }
            }
        }
    }

    /// <summary>Row, logZ and <c>delta = dy·y</c> (the mean of dy·v under p) of each lane; a barrier must follow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void LoadLanes(AttentionGradientArguments g, QueryTile tile, ArrayView<RowStart> lanes, ArrayView<float> logZ, ArrayView<float> delta)
    {
        int lane = Group.IdxX;
        if (lane < Tile)
        {
            RowStart start = tile.Start(lane, g.Forward.Width);
            lanes[lane] = start;
            float sum = 0f;
            int width = start.Row >= 0 ? g.Forward.Width : 0;
            for (int d = 0; d < width; d++)
            {
                sum = (g.Dy[start.Row, start.Column + d] * g.Forward.Y[start.Row, start.Column + d]) + sum;
            }

            delta[lane] = sum;
            logZ[lane] = start.Row >= 0 ? g.Forward.LogZ[start.Row, tile.Head(lane)] : 0f;
        }
    }

    /// <summary>
    /// Replaces a product q·k by p, and a product dy·v by the derivative <c>scale p (dy·v - delta) (1 - (s / cap)^2)</c> by the product q·k; zeros where not visible.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Differentiate(AttentionArguments a, bool isVisible, float logZ, float delta, int at, ArrayView<float> p, ArrayView<float> ds)
    {
        float score = Attention.Score(a, p[at]);
        float probability = isVisible ? DeviceMath.Exp(score - logZ) : 0f;
        float ratio = a.SoftCap > 0f ? score / a.SoftCap : 0f;
        float derivative = probability * (ds[at] - delta) * (1f - (ratio * ratio));
        p[at] = probability;
        ds[at] = isVisible ? a.Scale * derivative : 0f;
    }

    /// <summary>32 columns of <c>to += weightsᵀ from</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(
        ArrayView<float> weights, MatrixView<float> from, ArrayView<RowStart> lanes, MatrixView<float> to, ArrayView<RowStart> keys, int column, int width, ArrayView<float> right) =>
        TileProduct.Store(TileProduct.AddWeighted(TileProduct.Load(to, keys, column, width), weights, from, lanes, Tile, column, width, right), to, keys, column, width);
}
