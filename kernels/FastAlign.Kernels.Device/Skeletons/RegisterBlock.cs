using System.Runtime.CompilerServices;
using ILGPU;

namespace FastAlign.Kernels.Device;

/// <summary>The 4 x 4 elements of a 32 x 32 tile that one thread of <see cref="TileProduct"/> keeps in registers.</summary>
public readonly record struct RegisterBlock(Quad Row0, Quad Row1, Quad Row2, Quad Row3)
{
    /// <summary>All zeros.</summary>
    public static RegisterBlock Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(new Quad(0f, 0f, 0f, 0f), new Quad(0f, 0f, 0f, 0f), new Quad(0f, 0f, 0f, 0f), new Quad(0f, 0f, 0f, 0f));
    }

    /// <summary>One chain per element, k ascending: <c>this[i, j] + sum_k a[k, i] b[k, j]</c>.</summary>
    /// <param name="a">Tile with k as rows, <see cref="TileProduct.Stride"/> elements apart.</param>
    /// <param name="firstA">First row of a.</param>
    /// <param name="b">As a.</param>
    /// <param name="steps">Length of the chain.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public RegisterBlock AddProducts(ArrayView<float> a, int firstA, ArrayView<float> b, int steps)
    {
        (Quad row0, Quad row1, Quad row2, Quad row3) = (Row0, Row1, Row2, Row3);
        int atA = (firstA * TileProduct.Stride) + TileProduct.BlockRow;
        int atB = TileProduct.BlockColumn;
        for (int k = 0; k < steps; k++)
        {
            var right = new Quad(b[atB], b[atB + 1], b[atB + 2], b[atB + 3]);
            row0 = row0.AddScaled(a[atA], right);
            row1 = row1.AddScaled(a[atA + 1], right);
            row2 = row2.AddScaled(a[atA + 2], right);
            row3 = row3.AddScaled(a[atA + 3], right);
            atA += TileProduct.Stride;
            atB += TileProduct.Stride;
        }

        return new RegisterBlock(row0, row1, row2, row3);
    }

    /// <summary>Writes the block to its place in a tile in shared memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ArrayView<float> tile, int firstRow)
    {
        int at = ((firstRow + TileProduct.BlockRow) * TileProduct.Stride) + TileProduct.BlockColumn;
        Store(Row0, tile, at);
        Store(Row1, tile, at + TileProduct.Stride);
        Store(Row2, tile, at + (2 * TileProduct.Stride));
        Store(Row3, tile, at + (3 * TileProduct.Stride));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Quad row, ArrayView<float> tile, int at)
    {
        tile[at] = row.V0;
        tile[at + 1] = row.V1;
        tile[at + 2] = row.V2;
        tile[at + 3] = row.V3;
    }
}
