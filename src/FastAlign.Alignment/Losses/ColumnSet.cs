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
            (entry.IsPresent, entry.Count) = (false, 0);
        }
    }

    /// <summary>Adds a column, or overwrites it, and gives its values to fill in, zeroed.</summary>
    public Span<double> Take(Column column, int count)
    {
        Entry entry = Present(column);
        entry.Count = 0;
        Span<double> values = entry.Extend(count);
        values.Clear();
        return values;
    }

    /// <summary>Appends the columns of the next micro-batch of the same data.</summary>
    public void Append(ColumnSet next)
    {
        foreach (Entry entry in next._entries)
        {
            if (entry.IsPresent)
            {
                next.Values(entry.Column).CopyTo(Present(entry.Column).Extend(entry.Count));
            }
        }
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

    private Entry Present(Column column)
    {
        Entry? entry = Find(column);
        if (entry is null)
        {
            entry = new Entry(column);
            _entries.Add(entry);
        }

        entry.IsPresent = true;
        return entry;
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

        public double[] Values { get; private set; } = [];

        public int Count { get; set; }

        public bool IsPresent { get; set; }

        /// <summary>Room for so many more values.</summary>
        public Span<double> Extend(int count)
        {
            if (Values.Length < Count + count)
            {
                double[] larger = new double[Count + count];
                Values.AsSpan(0, Count).CopyTo(larger);
                Values = larger;
            }

            Count += count;
            return Values.AsSpan(Count - count, count);
        }
    }
}
