using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>The columns of one micro-batch. Buffers grow to the largest micro-batch and are then reused.</summary>
public sealed class ColumnSet
{
    private readonly List<Entry> _entries = [];

    /// <summary>Empties the set; buffers stay.</summary>
    public void Reset()
    {
        foreach (Entry entry in _entries)
        {
            entry.IsPresent = false;
        }
    }

    /// <summary>Adds a column, or overwrites it, and gives its values to fill in, zeroed.</summary>
    public Span<double> Take(Column column, int count)
    {
        Entry? entry = Find(column);
        if (entry is null)
        {
            entry = new Entry(column);
            _entries.Add(entry);
        }

        if (entry.Values.Length < count)
        {
            entry.Values = new double[count];
        }

        (entry.Count, entry.IsPresent) = (count, true);
        Span<double> values = entry.Values.AsSpan(0, count);
        values.Clear();
        return values;
    }

    /// <summary>Values of a column, or nothing if the data do not have it.</summary>
    public ReadOnlySpan<double> Values(Column column) => Find(column) is { IsPresent: true } entry ? entry.Values.AsSpan(0, entry.Count) : [];

    /// <exception cref="ShapeException">A column has not one value for each of its scope.</exception>
    internal void Validate(int rows, int sequences, int examples)
    {
        foreach (Entry entry in _entries)
        {
            int expected = entry.Column.Scope switch
            {
                ColumnScope.Row => rows,
                ColumnScope.Sequence => sequences,
                _ => examples,
            };
            if (entry.IsPresent && entry.Count != expected)
            {
                throw new ShapeException($"[loss] {entry.Column.Name}: expected [{expected}], got [{entry.Count}]");
            }
        }
    }

    private Entry? Find(Column column)
    {
        foreach (Entry entry in _entries)
        {
            if (entry.Column.Name == column.Name)
            {
                return entry;
            }
        }

        return null;
    }

    private sealed class Entry(Column column)
    {
        public Column Column { get; } = column;

        public double[] Values { get; set; } = [];

        public int Count { get; set; }

        public bool IsPresent { get; set; }
    }
}
