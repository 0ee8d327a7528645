using System.Runtime.CompilerServices;
using ILGPU;

namespace FastAlign.Kernels.Device;

/// <summary>
/// Matrix product in tiles of 128 x 128 by groups of 256 threads that keep 8 x 8 results each: every float read from shared memory serves eight multiply-adds,
/// twice as many as in <see cref="Gemm"/>, and every float from device memory four times as many.
/// </summary>
/// <remarks>
/// A thread's rows are two runs of four, 64 apart, and so are its columns: then the threads of a warp read neighbouring words of shared memory, without
/// bank conflicts. Chains are those of <see cref="Gemm"/>, one ascending sum over k per element: the bits of a row depend on nothing but itself.
/// </remarks>
public static class RegisterBlockedGemm
{
    /// <summary>Threads of a group: 16 x 16 blocks.</summary>
    public const int GroupSize = BlocksPerSide * BlocksPerSide;

    /// <summary>Shared memory: one tile of each operand.</summary>
    public const int SharedBytes = 2 * TileK * Tile * sizeof(float);

    private const int Tile = 128;
    private const int TileK = 16;
    private const int Run = 4;
    private const int Half = Tile / 2;
    private const int BlocksPerSide = Half / Run;

    public static void GemmKernel<TForm>(GemmArguments a)
        where TForm : struct, IGemmForm
    {
        // Tiles are stored with k as rows: [TileK, Tile].
        ArrayView<float> tileA = SharedMemory.Allocate<float>(TileK * Tile);
        ArrayView<float> tileB = SharedMemory.Allocate<float>(TileK * Tile);
        int tilesJ = (a.J + Tile - 1) / Tile;
        int tileI = Grid.IdxX / tilesJ * Tile;
        int tileJ = Grid.IdxX % tilesJ * Tile;
        int blockI = Group.IdxX / BlocksPerSide * Run;
        int blockJ = Group.IdxX % BlocksPerSide * Run;
        (int i, int j) = (tileI + blockI, tileJ + blockJ);

        EightRows left = Start<TForm>(a, i, j);
        EightRows right = Start<TForm>(a, i, j + Half);

        // The threads of the first column of tiles that also sum the rows of a.
        bool isSumming = !a.RowSums.IsNone && tileJ == 0 && Group.IdxX < Tile && tileI + Group.IdxX < a.I;
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
                Quad upper = Read(tileA, at + blockI);
                Quad lower = Read(tileA, at + blockI + Half);
                left = left.AddProducts(upper, lower, Read(tileB, at + blockJ));
                right = right.AddProducts(upper, lower, Read(tileB, at + blockJ + Half));
                rowSum += isSumming ? tileA[at + Group.IdxX] : 0f;
            }

            Group.Barrier();
        }

        Store(a, i, j, left);
        Store(a, i, j + Half, right);
        if (isSumming)
        {
            a.RowSums[tileI + Group.IdxX] = rowSum;
        }
    }

    /// <summary>Groups of a launch: one per tile of the result.</summary>
    public static int Groups(in GemmArguments a) => checked((a.I + Tile - 1) / Tile * ((a.J + Tile - 1) / Tile));

    /// <summary>As in <see cref="Gemm"/>, at this kernel's sizes.</summary>
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
    private static Quad Read(ArrayView<float> tile, int at) => new(tile[at], tile[at + 1], tile[at + 2], tile[at + 3]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static EightRows Start<TForm>(GemmArguments a, int i, int j)
        where TForm : struct, IGemmForm => new(
            new FourRows(Gemm.Start<TForm>(a, i, j), Gemm.Start<TForm>(a, i + 1, j), Gemm.Start<TForm>(a, i + 2, j), Gemm.Start<TForm>(a, i + 3, j)),
            new FourRows(Gemm.Start<TForm>(a, i + Half, j), Gemm.Start<TForm>(a, i + Half + 1, j), Gemm.Start<TForm>(a, i + Half + 2, j), Gemm.Start<TForm>(a, i + Half + 3, j)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(GemmArguments a, int i, int j, EightRows rows)
    {
        Store(a, i, j, rows.Upper);
        Store(a, i + Half, j, rows.Lower);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(GemmArguments a, int i, int j, FourRows rows)
    {
        Gemm.Store(a, i, j, rows.Row0);
        Gemm.Store(a, i + 1, j, rows.Row1);
        Gemm.Store(a, i + 2, j, rows.Row2);
        Gemm.Store(a, i + 3, j, rows.Row3);
    }

    /// <summary>A block of 4 x 4 results.</summary>
    private readonly record struct FourRows(Quad Row0, Quad Row1, Quad Row2, Quad Row3)
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public FourRows AddProducts(Quad a, Quad b) => new(Row0.AddScaled(a.V0, b), Row1.AddScaled(a.V1, b), Row2.AddScaled(a.V2, b), Row3.AddScaled(a.V3, b));
    }

    /// <summary>Two blocks, 64 rows apart.</summary>
    private readonly record struct EightRows(FourRows Upper, FourRows Lower)
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public EightRows AddProducts(Quad upper, Quad lower, Quad b) => new(Upper.AddProducts(upper, b), Lower.AddProducts(lower, b));
    }
}
