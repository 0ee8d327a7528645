namespace FastAlign.Core;

/// <summary>The extent of a tensor: one to four dimensions, slowest first.</summary>
public readonly struct Shape : IEquatable<Shape>
{
    private readonly int _d0, _d1, _d2, _d3;

    public Shape(int d0) : this(1, d0, 1, 1, 1) { }

    public Shape(int d0, int d1) : this(2, d0, d1, 1, 1) { }

    public Shape(int d0, int d1, int d2) : this(3, d0, d1, d2, 1) { }

    public Shape(int d0, int d1, int d2, int d3) : this(4, d0, d1, d2, d3) { }

    private Shape(int rank, int d0, int d1, int d2, int d3)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(d0);
        ArgumentOutOfRangeException.ThrowIfNegative(d1);
        ArgumentOutOfRangeException.ThrowIfNegative(d2);
        ArgumentOutOfRangeException.ThrowIfNegative(d3);
        (Rank, _d0, _d1, _d2, _d3) = (rank, d0, d1, d2, d3);
    }

    /// <summary>Number of dimensions, 1 to 4; 0 for <c>default</c>.</summary>
    public int Rank { get; }

    /// <summary>Number of elements.</summary>
    public long Length => Rank == 0 ? 0 : (long)_d0 * _d1 * _d2 * _d3;

    /// <summary>Elements of one entry of the first dimension: the product of all others.</summary>
    public int RowLength => checked(_d1 * _d2 * _d3);

    /// <summary>Extent of the last dimension.</summary>
    public int Last => this[Rank - 1];

    public int this[int dimension] => (uint)dimension >= (uint)Rank
        ? throw new ArgumentOutOfRangeException(nameof(dimension))
        : dimension switch { 0 => _d0, 1 => _d1, 2 => _d2, _ => _d3 };

    public static bool operator ==(Shape left, Shape right) => left.Equals(right);

    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);

    /// <summary>The same shape with another extent in its first dimension.</summary>
    public Shape WithRows(int rows) => new(Rank, rows, _d1, _d2, _d3);

    public bool Equals(Shape other) =>
        Rank == other.Rank && _d0 == other._d0 && _d1 == other._d1 && _d2 == other._d2 && _d3 == other._d3;

    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(Rank, _d0, _d1, _d2, _d3);

    public override string ToString() => Rank switch
    {
        0 => "[]",
        1 => $"[{_d0}]",
        2 => $"[{_d0}, {_d1}]",
        3 => $"[{_d0}, {_d1}, {_d2}]",
        _ => $"[{_d0}, {_d1}, {_d2}, {_d3}]",
    };
}
