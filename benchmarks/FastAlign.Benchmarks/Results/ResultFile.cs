namespace FastAlign.Benchmarks;

/// <summary>The committed file of results: lines are appended, never changed.</summary>
public static class ResultFile
{
    /// <summary>Appends lines, with a heading if the file is new.</summary>
    public static void Append(string path, string header, IEnumerable<string> lines)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.AppendAllLines(path, File.Exists(path) ? lines : lines.Prepend(header));
    }

    /// <summary>The last line of each name and number of threads on the machine that was measured last.</summary>
    public static IReadOnlyList<ResultRow> Latest(string path)
    {
        ResultRow[] rows = [.. File.ReadLines(path).Skip(1).Select(ResultRow.Parse)];
        return rows.Length == 0 ? [] : [.. rows.Where(row => row.Machine == rows[^1].Machine).GroupBy(static row => (row.Name, row.Threads)).Select(static group => group.Last())];
    }
}
