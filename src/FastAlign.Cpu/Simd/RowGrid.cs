using FastAlign.Core;

namespace FastAlign.Cpu;

/// <summary>
/// The rows of an op over the last dimension. A [N, C] tensor has N rows one stride apart, a contiguous [N, H, D] tensor N*H rows D apart; if any
/// [N, H, D] operand is strided, all are read as N groups of H rows.
/// </summary>
internal readonly struct RowGrid
{
    private readonly bool _isMatrix;

    public RowGrid(Shape shape, bool areAllContiguous)
    {
        _isMatrix = shape.Rank < 3;
        Width = shape.Last;
        int rows = checked((int)(shape.Length / Math.Max(1, Width)));
        Groups = _isMatrix || areAllContiguous ? 1 : shape[0];
        PerGroup = rows / Math.Max(1, Groups);
    }

    public int Groups { get; }

    public int PerGroup { get; }

    public int Width { get; }

    public int Rows => Groups * PerGroup;

    /// <summary>Where the rows of one operand lie.</summary>
    public unsafe RowPointer Of(Tensor operand) => operand.IsNone
        ? default
        : new RowPointer(operand.Host<float>(), operand.RowStride, _isMatrix ? operand.RowStride : Width);
}
