using System.Runtime.CompilerServices;
using ILGPU;

namespace FastAlign.Kernels.Device;

/// <summary>
/// Matrix product in tiles of 32 x 32 by groups of 64 threads: both operands pass through shared memory 16 steps of k at a time, each thread keeps
/// a 4 x 4 block in registers. One ascending chain over k per element, whatever the number of rows: the bits of a row depend on nothing but itself.
/// </summary>
public static class Gemm
{
    /// <summary>Threads of a group: 8 x 8 blocks.</summary>
    public const int GroupSize = BlocksPerSide * BlocksPerSide;

    /// <summary>Shared memory: one tile of each operand.</summary>
    public const int SharedBytes = 2 * TileK * Tile * sizeof(float);

    private const int Tile = 32;
    private const int TileK = 16;
    private const int Block = 4;
    private const int BlocksPerSide = Tile / Block;

    public static void GemmKernel<TForm>(GemmArguments a)
        where TForm : struct, IGemmForm
    {
        // Tiles are stored with k as rows: [TileK, Tile].
        ArrayView<float> tileA = SharedMemory.Allocate<float>(TileK * Tile);
        ArrayView<float> tileB = SharedMemory.Allocate<float>(TileK * Tile);
        int tilesJ = (a.J + Tile - 1) / Tile;
        int tileI = Grid.IdxX / tilesJ * Tile;
        int tileJ = Grid.IdxX % tilesJ * Tile;
        int blockI = Group.IdxX / BlocksPerSide * Block;
        int blockJ = Group.IdxX % BlocksPerSide * Block;
        (int i, int j) = (tileI + blockI, tileJ + blockJ);

        Quad row0 = Start<TForm>(a, i, j);
        Quad row1 = Start<TForm>(a, i + 1, j);
        Quad row2 = Start<TForm>(a, i + 2, j);
        Quad row3 = Start<TForm>(a, i + 3, j);

        // The threads of the first column of tiles that also sum the rows of a: a bias gradient beside its weight's.
        bool isSumming = default(TForm).IsAccumulated && !a.RowSums.IsNone && tileJ == 0 && Group.IdxX < Tile && tileI + Group.IdxX < a.I;
        float rowSum = isSumming ? a.RowSums[tileI + Group.IdxX] : 0f;

        for (int k = 0; k < a.K; k += TileK)
        {
            Load(a.A, default(TForm).IsATransposed, tileI, a.I, k, a.K, tileA);
            Load(a.B, default(TForm).IsBTransposed, tileJ, a.J, k, a.K, tileB);
            Group.Barrier();
            int steps = a.K - k < TileK ? a.K - k : TileK;
            for (int step = 0; step < steps; step++)
            {
                int at = step * Tile;
                var b = new Quad(tileB[at + blockJ], tileB[at + blockJ + 1], tileB[at + blockJ + 2], tileB[at + blockJ + 3]);
                row0 = row0.AddScaled(tileA[at + blockI], b);
                row1 = row1.AddScaled(tileA[at + blockI + 1], b);
                row2 = row2.AddScaled(tileA[at + blockI + 2], b);
                row3 = row3.AddScaled(tileA[at + blockI + 3], b);
                rowSum += isSumming ? tileA[at + Group.IdxX] : 0f;
            }

            Group.Barrier();
        }

        Store(a, i, j, row0);
        Store(a, i + 1, j, row1);
        Store(a, i + 2, j, row2);
        Store(a, i + 3, j, row3);
        if (isSumming)
        {
            a.RowSums[tileI + Group.IdxX] = rowSum;
        }
    }

    /// <summary>Groups of a launch: one per tile of the result.</summary>
    public static int Groups(in GemmArguments a) => checked((a.I + Tile - 1) / Tile * ((a.J + Tile - 1) / Tile));

    /// <summary>Fills a tile [TileK, Tile] from rows <paramref name="first"/>.. of an operand, with zeros outside; neighbours in memory go to neighbouring threads.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load<TRows>(TRows from, bool isTransposed, int first, int count, int firstK, int countK, ArrayView<float> tile)
        where TRows : struct, IReadableRows<float>
    {
        for (int e = Group.IdxX; e < TileK * Tile; e += GroupSize)
        {
            int k = isTransposed ? e / Tile : e % TileK;
            int i = isTransposed ? e % Tile : e / TileK;
            float value = 0f;
            if (first + i < count && firstK + k < countK)
            {
                value = isTransposed ? from[firstK + k, first + i] : from[first + i, firstK + k];
            }

            tile[(k * Tile) + i] = value;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Quad Start<TForm>(GemmArguments a, int i, int j)
        where TForm : struct, IGemmForm =>
        default(TForm).IsAccumulated && i < a.I
            ? new Quad(Start(a, i, j), Start(a, i, j + 1), Start(a, i, j + 2), Start(a, i, j + 3))
            : new Quad(0f, 0f, 0f, 0f);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Start(GemmArguments a, int i, int j) => j < a.J ? a.Result[i, j] : 0f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Store(GemmArguments a, int i, int j, Quad sums)
    {
        if (i < a.I)
        {
            Store(a, i, j, sums.V0);
            Store(a, i, j + 1, sums.V1);
            Store(a, i, j + 2, sums.V2);
            Store(a, i, j + 3, sums.V3);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Store(GemmArguments a, int i, int j, float sum)
    {
        if (j < a.J)
        {
            float biased = a.Bias.IsNone ? sum : sum + a.Bias[j];
            a.Result[i, j] = a.Residual.IsNone ? biased : biased + a.Residual[i, j];
        }
    }
}
