using System.Runtime.CompilerServices;
using ILGPU;

namespace FastAlign.Kernels.Device;

/// <summary>The map skeleton: one thread per element of a matrix, a row cut into tiles of one group each.</summary>
/// <remarks>A kernel starts with <c>if (extent.IsOutside) return;</c> and then reads <see cref="Row"/> and <see cref="Column"/>.</remarks>
public readonly struct MapExtent
{
    /// <summary>Threads of a group.</summary>
    public const int GroupSize = 256;

    /// <param name="rows">Rows; 1 for operands that are all contiguous.</param>
    /// <param name="width">Elements of a row.</param>
    public MapExtent(int rows, long width) => (Rows, Width, TilesPerRow) = (rows, width, checked((int)((width + GroupSize - 1) / GroupSize)));

    public int Rows { get; }

    public long Width { get; }

    public int TilesPerRow { get; }

    /// <summary>On the host: groups of the launch.</summary>
    public int Groups => checked(Rows * TilesPerRow);

    /// <summary>On the device: row of this thread.</summary>
    public int Row
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Grid.IdxX / TilesPerRow;
    }

    /// <summary>On the device: column of this thread.</summary>
    public long Column
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ((long)(Grid.IdxX % TilesPerRow) * GroupSize) + Group.IdxX;
    }

    /// <summary>On the device: whether this thread lies beyond the end of its row.</summary>
    public bool IsOutside
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Column >= Width;
    }
}
