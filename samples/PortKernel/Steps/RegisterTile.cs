using System.Runtime.CompilerServices;
using FastAlign.Kernels.Device;
using ILGPU;

namespace PortKernel;

/// <summary>
/// Step 4: a thread keeps a block of 4 x 4 results in registers, a group a tile of 64 x 64. Eight floats from shared memory serve 16 multiply-adds, half a read for
/// each instead of two; from device memory comes a quarter of what step 3 fetched.
/// </summary>
/// <remarks>
/// The block is four <see cref="Quad"/>s, named one by one: an array, or an index that is not known when the kernel is compiled, would put it into memory.
/// Both tiles have k as rows, so that what a thread reads at a step lies side by side.
/// <para>What is still slow: each of those eight floats is a load of its own.</para>
/// </remarks>
public static class RegisterTile
{
    public const int GroupSize = BlocksPerSide * BlocksPerSide;

    public const int SharedBytes = 2 * Depth * Tile * sizeof(float);

    /// <summary>Rows and columns of a group's tile.</summary>
    internal const int Tile = 64;

    /// <summary>Steps of k in shared memory at a time.</summary>
    internal const int Depth = 16;

    /// <summary>Rows and columns of a thread's block.</summary>
    internal const int Block = 4;

    internal const int BlocksPerSide = Tile / Block;

    public static void ProductKernel(GemmArguments a)
    {
        ArrayView<float> tileA = SharedMemory.Allocate<float>(Depth * Tile);
        ArrayView<float> tileB = SharedMemory.Allocate<float>(Depth * Tile);
        int tilesJ = (a.J + Tile - 1) / Tile;
        int tileI = Grid.IdxX / tilesJ * Tile;
        int tileJ = Grid.IdxX % tilesJ * Tile;
        int blockI = Group.IdxX / BlocksPerSide * Block;
        int blockJ = Group.IdxX % BlocksPerSide * Block;
        var row0 = new Quad(0f, 0f, 0f, 0f);
        (Quad row1, Quad row2, Quad row3) = (row0, row0, row0);
        for (int k = 0; k < a.K; k += Depth)
        {
            LoadA(a, tileI, k, tileA);
            LoadB(a, tileJ, k, tileB);
            Group.Barrier();
            for (int step = 0; step < Depth; step++)
            {
                int atA = (step * Tile) + blockI;
                Quad b = Read(tileB, (step * Tile) + blockJ);
                row0 = row0.AddScaled(tileA[atA], b);
                row1 = row1.AddScaled(tileA[atA + 1], b);
                row2 = row2.AddScaled(tileA[atA + 2], b);
                row3 = row3.AddScaled(tileA[atA + 3], b);
            }

            Group.Barrier();
        }

        Result.Store(a, tileI + blockI, tileJ + blockJ, row0);
        Result.Store(a, tileI + blockI + 1, tileJ + blockJ, row1);
        Result.Store(a, tileI + blockI + 2, tileJ + blockJ, row2);
        Result.Store(a, tileI + blockI + 3, tileJ + blockJ, row3);
    }

    /// <summary>Groups of a launch: one per tile of the result.</summary>
    public static int Groups(in GemmArguments a) => checked((a.I + Tile - 1) / Tile * ((a.J + Tile - 1) / Tile));

    /// <summary>a(i, k) lies along k: neighbouring threads take neighbouring k, and write them a row of the tile apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void LoadA(GemmArguments a, int tileI, int firstK, ArrayView<float> tile)
    {
        for (int e = Group.IdxX; e < Depth * Tile; e += GroupSize)
        {
            (int i, int k) = (e / Depth, e % Depth);
            tile[(k * Tile) + i] = tileI + i < a.I && firstK + k < a.K ? a.A[tileI + i, firstK + k] : 0f;
        }
    }

    /// <summary>b(j, k) lies along j: so do the neighbouring threads.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void LoadB(GemmArguments a, int tileJ, int firstK, ArrayView<float> tile)
    {
        for (int e = Group.IdxX; e < Depth * Tile; e += GroupSize)
        {
            (int k, int j) = (e / Tile, e % Tile);
            tile[e] = firstK + k < a.K && tileJ + j < a.J ? a.B[firstK + k, tileJ + j] : 0f;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Quad Read(ArrayView<float> tile, int at) => new(tile[at], tile[at + 1], tile[at + 2], tile[at + 3]);
}
