using FastAlign.Core;

namespace FastAlign.Cpu;

/// <summary>
/// How an element-wise op over operands of one shape is cut into pieces. Contiguous operands are read as one run of elements cut every
/// <see cref="PieceElements"/>; otherwise the rows stay what they are.
/// </summary>
internal readonly struct ElementTiles
{
    /// <summary>64 KiB of floats: long enough to hide the hand-out of a piece, short enough to stay in the second-level cache.</summary>
    public const int PieceElements = 16384;

    private readonly bool _isFlat;
    private readonly int _lastWidth;
    private readonly int _rowsPerPiece;

    public ElementTiles(Shape shape, bool areAllContiguous)
    {
        long length = shape.Length;
        _isFlat = areAllContiguous;
        Width = areAllContiguous ? PieceElements : shape.RowLength;
        Rows = length == 0 ? 0 : areAllContiguous ? checked((int)((length + Width - 1) / Width)) : shape[0];
        _lastWidth = areAllContiguous && Rows > 0 ? (int)(length - ((long)(Rows - 1) * Width)) : Width;
        _rowsPerPiece = Math.Max(1, PieceElements / Math.Max(1, Width));
        Pieces = (Rows + _rowsPerPiece - 1) / _rowsPerPiece;
    }

    public int Rows { get; }

    public int Width { get; }

    public int Pieces { get; }

    public long Stride(Tensor operand) => _isFlat ? Width : operand.RowStride;

    public int FirstRow(int piece) => piece * _rowsPerPiece;

    public int EndRow(int piece) => Math.Min(Rows, (piece + 1) * _rowsPerPiece);

    public int WidthOf(int row) => row == Rows - 1 ? _lastWidth : Width;
}
