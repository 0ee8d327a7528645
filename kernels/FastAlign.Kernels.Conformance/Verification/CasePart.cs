namespace FastAlign.Kernels.Conformance;

/// <summary>
/// A smaller case whose results are elements of a larger one's: some rows, some outputs, one group of heads. Its operands are rows and columns of the larger
/// one's; what is not named is taken whole.
/// </summary>
/// <param name="kernel">The smaller case.</param>
/// <param name="phase">Which call of the larger case it checks.</param>
/// <param name="compared">The operands, written by that call, that are compared.</param>
internal sealed class CasePart(KernelCase kernel, CasePhase phase, params string[] compared)
{
    private readonly Dictionary<string, int[]> _rows = [];
    private readonly Dictionary<string, int[]> _columns = [];
    private readonly Dictionary<string, Func<double, double>> _maps = [];

    public KernelCase Kernel => kernel;

    public CasePhase Phase => phase;

    public IReadOnlyList<string> Compared => compared;

    /// <summary>Up to <paramref name="count"/> indices in [0, <paramref name="length"/>), the first and the last among them, the others spread evenly.</summary>
    public static int[] Spread(int length, int count) =>
        length <= count ? [.. Enumerable.Range(0, length)] : [.. Enumerable.Range(0, count).Select(i => (int)((long)i * (length - 1) / (count - 1)))];

    /// <summary>Takes these rows of the operands.</summary>
    public CasePart Rows(int[] rows, params ReadOnlySpan<string> operands)
    {
        foreach (string name in operands)
        {
            _rows[name] = rows;
        }

        return this;
    }

    /// <summary>Takes these columns of each row of the operands.</summary>
    public CasePart Columns(int[] columns, params ReadOnlySpan<string> operands)
    {
        foreach (string name in operands)
        {
            _columns[name] = columns;
        }

        return this;
    }

    /// <summary>Renumbers indices that refer to what was taken.</summary>
    public CasePart Map(string operand, Func<double, double> map)
    {
        _maps[operand] = map;
        return this;
    }

    /// <summary>The part of an operand's values.</summary>
    /// <param name="whole">The operand in the larger case.</param>
    /// <param name="values">All its values.</param>
    public double[] Select(Operand whole, double[] values)
    {
        int width = whole.Shape.RowLength;
        bool hasRows = _rows.TryGetValue(whole.Name, out int[]? rows);
        bool hasColumns = _columns.TryGetValue(whole.Name, out int[]? columns);
        if (hasRows || hasColumns)
        {
            rows ??= [.. Enumerable.Range(0, whole.Shape[0])];
            columns ??= [.. Enumerable.Range(0, width)];
            values = [.. rows.SelectMany(row => columns.Select(column => values[((long)row * width) + column]))];
        }

        return _maps.TryGetValue(whole.Name, out Func<double, double>? map) ? Array.ConvertAll(values, x => map(x)) : values;
    }
}
