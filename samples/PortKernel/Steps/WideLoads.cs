using System.Runtime.CompilerServices;
using FastAlign.Kernels.Device;
using ILGPU;

namespace PortKernel;

/// <summary>
/// Step 5: the tiles hold <see cref="Quad"/>s, so that a thread takes four floats by one load of 16 bytes: two loads for 16 multiply-adds instead of eight. A tile is
/// 256 quads, one for each thread to bring.
/// </summary>
/// <remarks>
/// What is left: a larger block (8 x 8 in <see cref="RegisterBlockedGemm"/>), loading the next tile while this one is used, tensor cores
/// (<see cref="TensorCoreGemm"/>). Each is worth a measurement of its own.
/// </remarks>
public static class WideLoads
{
    public const int SharedBytes = RegisterTile.SharedBytes;

    private const int GroupSize = RegisterTile.GroupSize;
    private const int Depth = RegisterTile.Depth;
    private const int Block = RegisterTile.Block;
    private const int QuadsPerRow = RegisterTile.BlocksPerSide;

    public static void ProductKernel(GemmArguments a)
    {
        ArrayView<Quad> tileA = SharedMemory.Allocate<Quad>(Depth * QuadsPerRow);
        ArrayView<Quad> tileB = SharedMemory.Allocate<Quad>(Depth * QuadsPerRow);
        int tilesJ = (a.J + RegisterTile.Tile - 1) / RegisterTile.Tile;
        int tileI = Grid.IdxX / tilesJ * RegisterTile.Tile;
        int tileJ = Grid.IdxX % tilesJ * RegisterTile.Tile;
        int blockI = Group.IdxX / QuadsPerRow;
        int blockJ = Group.IdxX % QuadsPerRow;
        var row0 = new Quad(0f, 0f, 0f, 0f);
        (Quad row1, Quad row2, Quad row3) = (row0, row0, row0);
        for (int k = 0; k < a.K; k += Depth)
        {
            LoadA(a, tileI, k, tileA);
            LoadB(a, tileJ, k, tileB);
            Group.Barrier();
            for (int step = 0; step < Depth; step++)
            {
                Quad left = tileA[(step * QuadsPerRow) + blockI];
                Quad right = tileB[(step * QuadsPerRow) + blockJ];
                row0 = row0.AddScaled(left.V0, right);
                row1 = row1.AddScaled(left.V1, right);
                row2 = row2.AddScaled(left.V2, right);
                row3 = row3.AddScaled(left.V3, right);
            }

            Group.Barrier();
        }

        (int i, int j) = (tileI + (blockI * Block), tileJ + (blockJ * Block));
        Result.Store(a, i, j, row0);
        Result.Store(a, i + 1, j, row1);
        Result.Store(a, i + 2, j, row2);
        Result.Store(a, i + 3, j, row3);
    }

    /// <summary>Four rows of dy at one k.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void LoadA(GemmArguments a, int tileI, int firstK, ArrayView<Quad> tile)
    {
        for (int e = Group.IdxX; e < Depth * QuadsPerRow; e += GroupSize)
        {
            (int k, int i) = (firstK + (e % Depth), tileI + (e / Depth * Block));
            tile[(e % Depth * QuadsPerRow) + (e / Depth)] = new Quad(ElementOfA(a, i, k), ElementOfA(a, i + 1, k), ElementOfA(a, i + 2, k), ElementOfA(a, i + 3, k));
        }
    }

    /// <summary>Four neighbours in a row of w.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void LoadB(GemmArguments a, int tileJ, int firstK, ArrayView<Quad> tile)
    {
        for (int e = Group.IdxX; e < Depth * QuadsPerRow; e += GroupSize)
        {
            (int k, int j) = (firstK + (e / QuadsPerRow), tileJ + (e % QuadsPerRow * Block));
            tile[e] = new Quad(ElementOfB(a, k, j), ElementOfB(a, k, j + 1), ElementOfB(a, k, j + 2), ElementOfB(a, k, j + 3));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float ElementOfA(GemmArguments a, int i, int k) => i < a.I && k < a.K ? a.A[i, k] : 0f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float ElementOfB(GemmArguments a, int k, int j) => k < a.K && j < a.J ? a.B[k, j] : 0f;
}
