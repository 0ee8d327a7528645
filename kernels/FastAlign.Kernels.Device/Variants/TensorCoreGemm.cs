using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace FastAlign.Kernels.Device;

/// <summary>
/// Matrix product on tensor cores: operands are rounded to BF16, products summed in F32 by <c>mma.sync.aligned.m16n8k16</c> (PTX ISA 7.0, section 9.7.13). Tiles of
/// 64 x 64 by four warps, each of which keeps 32 x 32 results as 2 x 4 fragments.
/// </summary>
/// <remarks>
/// Lane l of a warp holds, with g = l / 4 and t = l % 4: of a 16 x 16 fragment of a, the pairs k = 2t and 2t + 8 of rows g and g + 8; of a 16 x 8
/// fragment of b, the same pairs of column g; of the result, columns 2t and 2t + 1 of rows g and g + 8.
/// <para>
/// Shared rows hold eight words of two BF16 each and are twelve words apart: the 32 lanes that read a fragment then meet 32 different banks.
/// </para>
/// <para>Emitted and linted, never yet run: see <c>kernels/PORTING.md</c> for the command that proves it on an NVIDIA device.</para>
/// </remarks>
public static class TensorCoreGemm
{
    /// <summary>Threads of a group: four warps. The instruction fixes the warp at 32 threads.</summary>
    public const int GroupSize = 4 * WarpSize;

    /// <summary>Shared memory: one tile of each operand.</summary>
    public const int SharedBytes = 2 * Tile * RowWords * sizeof(uint);

    /// <summary>Each of a lane's 32 results passes through four bytes of local memory.</summary>
    public const int LocalBytes = 32 * sizeof(float);

    private const int WarpSize = 32;
    private const int Tile = 64;
    private const int WarpTile = 32;
    private const int TileK = 16;
    private const int RowWords = 12;
    private const int Words = TileK / 2;
    private const int FragmentRows = 16;
    private const int FragmentColumns = 8;
    private const int Bfloat16Bits = 16;

    // Words between the two pairs of k, and rows between the two of a fragment.
    private const int NextPair = 4;
    private const int NextRow = 8;

    // The instruction's results by name. ILGPU hands out results of inline PTX by address, so that each lies in local memory for a moment; handing all ten
    // operands over by reference took 320 bytes and 253 registers instead of 128 and 152.
    private const string Registers = ".reg .f32 mma<4>;";
    private const string MultiplyAdd = "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {mma0, mma1, mma2, mma3}, {%0, %1, %2, %3}, {%4, %5}, {%6, %7, %8, %9};";

    public static void GemmKernel<TForm>(GemmArguments a)
        where TForm : struct, IGemmForm
    {
        CudaAsm.Emit(Registers);
        ArrayView<uint> tileA = SharedMemory.Allocate<uint>(Tile * RowWords);
        ArrayView<uint> tileB = SharedMemory.Allocate<uint>(Tile * RowWords);
        int tilesJ = (a.J + Tile - 1) / Tile;
        int tileI = Grid.IdxX / tilesJ * Tile;
        int tileJ = Grid.IdxX % tilesJ * Tile;
        int warp = Group.IdxX / WarpSize;
        int lane = Group.IdxX % WarpSize;

        // Where this lane's part of the warp's first fragments lies in the tile.
        int row = (warp / 2 * WarpTile) + (lane / 4);
        int column = (warp % 2 * WarpTile) + (lane / 4);
        int pair = lane % 4;
        (int i, int j) = (tileI + row, tileJ + (warp % 2 * WarpTile) + (2 * pair));

        FourFragments upper = Start<TForm>(a, i, j);
        FourFragments lower = Start<TForm>(a, i + FragmentRows, j);

        bool isSumming = !a.RowSums.IsNone && tileJ == 0 && Group.IdxX < Tile && tileI + Group.IdxX < a.I;
        float rowSum = isSumming ? a.RowSums[tileI + Group.IdxX] : 0f;

        for (int k = 0; k < a.K; k += TileK)
        {
            Load(a.A, default(TForm).IsATransposed, tileI, a.I, k, a.K, tileA);
            Load(a.B, default(TForm).IsBTransposed, tileJ, a.J, k, a.K, tileB);
            Group.Barrier();
            FourPairs upperA = ReadA(tileA, row, pair);
            FourPairs lowerA = ReadA(tileA, row + FragmentRows, pair);
            TwoPairs b0 = ReadB(tileB, column, pair);
            TwoPairs b1 = ReadB(tileB, column + FragmentColumns, pair);
            TwoPairs b2 = ReadB(tileB, column + (2 * FragmentColumns), pair);
            TwoPairs b3 = ReadB(tileB, column + (3 * FragmentColumns), pair);
            upper = new FourFragments(Multiply(upperA, b0, upper.F0), Multiply(upperA, b1, upper.F1), Multiply(upperA, b2, upper.F2), Multiply(upperA, b3, upper.F3));
            lower = new FourFragments(Multiply(lowerA, b0, lower.F0), Multiply(lowerA, b1, lower.F1), Multiply(lowerA, b2, lower.F2), Multiply(lowerA, b3, lower.F3));

            // From the operand itself: the bias gradient is not rounded.
            for (int step = k; isSumming && step < k + TileK && step < a.K; step++)
            {
                rowSum += default(TForm).IsATransposed ? a.A[step, tileI + Group.IdxX] : a.A[tileI + Group.IdxX, step];
            }

            Group.Barrier();
        }

        Store(a, i, j, upper);
        Store(a, i + FragmentRows, j, lower);
        if (isSumming)
        {
            a.RowSums[tileI + Group.IdxX] = rowSum;
        }
    }

    /// <summary>Groups of a launch: one per tile of the result.</summary>
    public static int Groups(in GemmArguments a) => checked((a.I + Tile - 1) / Tile * ((a.J + Tile - 1) / Tile));

    /// <summary>Fills a tile [Tile, k] with pairs of BF16, with zeros outside; neighbours in memory go to neighbouring threads.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load<TRows>(TRows from, bool isTransposed, int first, int count, int firstK, int countK, ArrayView<uint> tile)
        where TRows : struct, IReadableRows<float>
    {
        for (int e = Group.IdxX; e < Tile * Words; e += GroupSize)
        {
            int word = isTransposed ? e / Tile : e % Words;
            int i = isTransposed ? e % Tile : e / Words;
            int k = firstK + (2 * word);
            float low = 0f;
            float high = 0f;
            if (first + i < count && k < countK)
            {
                low = isTransposed ? from[k, first + i] : from[first + i, k];
            }

            if (first + i < count && k + 1 < countK)
            {
                high = isTransposed ? from[k + 1, first + i] : from[first + i, k + 1];
            }

            tile[(i * RowWords) + word] = StorageBits.Bfloat16(Interop.FloatAsInt(low)) | ((uint)StorageBits.Bfloat16(Interop.FloatAsInt(high)) << Bfloat16Bits);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static FourPairs ReadA(ArrayView<uint> tile, int row, int pair)
    {
        int at = (row * RowWords) + pair;
        int below = at + (NextRow * RowWords);
        return new FourPairs(tile[at], tile[below], tile[at + NextPair], tile[below + NextPair]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TwoPairs ReadB(ArrayView<uint> tile, int column, int pair)
    {
        int at = (column * RowWords) + pair;
        return new TwoPairs(tile[at], tile[at + NextPair]);
    }

    /// <summary><c>sums + a b</c>, by one instruction of the whole warp.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Quad Multiply(FourPairs a, TwoPairs b, Quad sums)
    {
        CudaAsm.Emit(MultiplyAdd, a.P0, a.P1, a.P2, a.P3, b.P0, b.P1, sums.V0, sums.V1, sums.V2, sums.V3);
        CudaAsm.Emit("mov.f32 %0, mma0;", out float d0);
        CudaAsm.Emit("mov.f32 %0, mma1;", out float d1);
        CudaAsm.Emit("mov.f32 %0, mma2;", out float d2);
        CudaAsm.Emit("mov.f32 %0, mma3;", out float d3);
        return new Quad(d0, d1, d2, d3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static FourFragments Start<TForm>(GemmArguments a, int i, int j)
        where TForm : struct, IGemmForm => new(
            StartFragment<TForm>(a, i, j),
            StartFragment<TForm>(a, i, j + FragmentColumns),
            StartFragment<TForm>(a, i, j + (2 * FragmentColumns)),
            StartFragment<TForm>(a, i, j + (3 * FragmentColumns)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Quad StartFragment<TForm>(GemmArguments a, int i, int j)
        where TForm : struct, IGemmForm => default(TForm).IsAccumulated
            ? new Quad(Value(a, i, j), Value(a, i, j + 1), Value(a, i + NextRow, j), Value(a, i + NextRow, j + 1))
            : new Quad(0f, 0f, 0f, 0f);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Value(GemmArguments a, int i, int j) => i < a.I && j < a.J ? a.Result[i, j] : 0f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(GemmArguments a, int i, int j, FourFragments sums)
    {
        StoreFragment(a, i, j, sums.F0);
        StoreFragment(a, i, j + FragmentColumns, sums.F1);
        StoreFragment(a, i, j + (2 * FragmentColumns), sums.F2);
        StoreFragment(a, i, j + (3 * FragmentColumns), sums.F3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreFragment(GemmArguments a, int i, int j, Quad sums)
    {
        if (i < a.I)
        {
            Gemm.Store(a, i, j, sums.V0);
            Gemm.Store(a, i, j + 1, sums.V1);
        }

        if (i + NextRow < a.I)
        {
            Gemm.Store(a, i + NextRow, j, sums.V2);
            Gemm.Store(a, i + NextRow, j + 1, sums.V3);
        }
    }

    /// <summary>A lane's part of a 16 x 16 fragment.</summary>
    private readonly record struct FourPairs(uint P0, uint P1, uint P2, uint P3);

    /// <summary>A lane's part of a 16 x 8 fragment.</summary>
    private readonly record struct TwoPairs(uint P0, uint P1);

    /// <summary>A lane's part of four results side by side.</summary>
    private readonly record struct FourFragments(Quad F0, Quad F1, Quad F2, Quad F3);
}
