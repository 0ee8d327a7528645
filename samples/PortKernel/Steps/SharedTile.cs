using FastAlign.Kernels.Device;
using ILGPU;

namespace PortKernel;

/// <summary>
/// Step 3: a group computes a tile of 16 x 16, and both operands pass through shared memory, 16 steps of k at a time. A float that is fetched once serves the
/// 16 threads of its row or column, so that a sixteenth of the traffic is left.
/// </summary>
/// <remarks>
/// Two barriers: after loading, so that nobody reads what is not there yet; after use, so that nobody overwrites what is still read. Threads outside of the
/// result load zeros and go on, since all threads of a group must meet the same barriers.
/// <para>What is still slow: two reads of shared memory for each multiply-add. Shared memory is fast, but not as fast as arithmetic.</para>
/// </remarks>
public static class SharedTile
{
    public const int GroupSize = Tile * Tile;

    public const int SharedBytes = 2 * Tile * Tile * sizeof(float);

    private const int Tile = 16;

    public static void ProductKernel(GemmArguments a)
    {
        // tileA [i, k] and tileB [k, j]: a thread's place in both is its number in the group.
        ArrayView<float> tileA = SharedMemory.Allocate<float>(Tile * Tile);
        ArrayView<float> tileB = SharedMemory.Allocate<float>(Tile * Tile);
        int tilesJ = (a.J + Tile - 1) / Tile;
        (int row, int column) = (Group.IdxX / Tile, Group.IdxX % Tile);
        int i = (Grid.IdxX / tilesJ * Tile) + row;
        int j = (Grid.IdxX % tilesJ * Tile) + column;
        float sum = 0f;
        for (int k = 0; k < a.K; k += Tile)
        {
            tileA[Group.IdxX] = i < a.I && k + column < a.K ? a.A[i, k + column] : 0f;
            tileB[Group.IdxX] = k + row < a.K && j < a.J ? a.B[k + row, j] : 0f;
            Group.Barrier();
            for (int step = 0; step < Tile; step++)
            {
                sum = (tileA[(row * Tile) + step] * tileB[(step * Tile) + column]) + sum;
            }

            Group.Barrier();
        }

        Result.Store(a, i, j, sum);
    }

    /// <summary>Groups of a launch: one per tile of the result.</summary>
    public static int Groups(in GemmArguments a) => checked((a.I + Tile - 1) / Tile * ((a.J + Tile - 1) / Tile));
}
