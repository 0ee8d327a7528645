namespace FastAlign.Cpu;

/// <summary>A small matrix in memory: element (r, c) is <c>Start[r * Row + c * Column]</c>.</summary>
/// <param name="start">First element.</param>
/// <param name="row">Elements from one row to the next.</param>
/// <param name="column">Elements from one column to the next.</param>
internal readonly unsafe struct Matrix(float* start, int row, int column = 1)
{
    public readonly float* Start = start;
    public readonly int Row = row;
    public readonly int Column = column;

    public Matrix Transposed => new(Start, Column, Row);

    /// <summary>The part of the matrix that begins at an element.</summary>
    public Matrix From(int row, int column) => new(Start + (row * Row) + (column * Column), Row, Column);
}
