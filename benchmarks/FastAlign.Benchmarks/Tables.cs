using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace FastAlign.Benchmarks;

/// <summary>The tables of <c>benchmarks/README.md</c>, between its markers, from the committed results.</summary>
internal static partial class Tables
{
    /// <summary>Rewrites the file.</summary>
    /// <returns>Its path.</returns>
    public static string Write()
    {
        string path = Path.Combine(Machine.Root, "benchmarks", "README.md");
        string text = File.ReadAllText(path);
        text = Replace(text, "kernels", Kernels());
        text = Replace(text, "growth", Growth());
        text = Replace(text, "peers", PeerTables.All());
        File.WriteAllText(path, text);
        return path;
    }

    private static string Replace(string text, string name, string table)
    {
        string start = $"<!-- {name}: begin -->\n";
        int from = text.IndexOf(start, StringComparison.Ordinal) + start.Length;
        int to = text.IndexOf($"<!-- {name}: end -->", StringComparison.Ordinal);
        table = table.Length > 0 ? table : "None yet on a quiet machine.\n";
        return from < start.Length || to < from ? throw new InvalidDataException($"benchmarks/README.md: expected the markers of '{name}'") : text[..from] + table + text[to..];
    }

    private static string Kernels()
    {
        string path = Machine.ResultFile(CsvAppender.FileName);
        IReadOnlyList<ResultRow> rows = File.Exists(path) ? ResultFile.Latest(path) : [];
        var text = new StringBuilder();
        foreach (IGrouping<int, ResultRow> threads in rows.GroupBy(static row => row.Threads).OrderBy(static group => group.Key))
        {
            ResultRow first = threads.First();
            text.AppendLine(CultureInfo.InvariantCulture, $"`{first.Machine}`, {Count(threads.Key)}. Roofs: {string.Join(", ", threads.Where(static row => row.IsRoof).Select(Roof))}.").AppendLine();
            text.AppendLine("| what | best ms | median ms | GFLOP/s | GB/s | tokens/s | of roof | roof | MB | result | commit |").AppendLine("|---|--:|--:|--:|--:|--:|--:|---|--:|---|---|");
            foreach (ResultRow row in threads.Where(static row => !row.IsRoof && !row.IsForVerification))
            {
                string tokens = row.TokensPerSecond > 0 ? $"{row.TokensPerSecond:f0}" : "";
                text.AppendLine(
                    CultureInfo.InvariantCulture,
                    $"| {row.Name} | {row.BestMs:f3} | {row.MedianMs:f3} | {row.Gigaflops:f1} | {row.Gigabytes:f1} | {tokens} | {row.Share:p0} | {row.Roof} | {row.PeakMegabytes:f0} | {row.Result} | {row.Commit} |");
            }

            text.AppendLine();
        }

        return Lines(text);
    }

    private static string Growth()
    {
        string path = Machine.ResultFile(GrowthRun.FitsFile);
        string[][] rows = File.Exists(path) ? [.. File.ReadLines(path).Skip(1).Select(static line => line.Split(','))] : [];
        if (rows.Length == 0)
        {
            return "";
        }

        var text = new StringBuilder("| quantity | from | to | time grows as | residual | operations grow as | threads | machine | commit |\n|---|--:|--:|--:|--:|--:|--:|---|---|\n");
        foreach (string[] row in rows.GroupBy(static row => (row[0], row[3], row[4])).Select(static group => group.Last()))
        {
            double residual = double.Parse(row[8], CultureInfo.InvariantCulture);
            text.AppendLine(CultureInfo.InvariantCulture, $"| {row[4]} | {row[5]} | {row[6]} | x^{row[7]} | {residual:p1} | x^{row[9]} | {row[3]} | {row[0]} | {row[2]} |");
        }

        return Lines(text);
    }

    private static string Roof(ResultRow row) => row.Gigaflops > 0 ? $"{row.Name[5..]} {row.Gigaflops:f0} GFLOP/s" : $"{row.Name[5..]} {row.Gigabytes:f1} GB/s";

    private static string Count(int threads) => threads == 1 ? "1 thread" : $"{threads} threads";

    internal static string Lines(StringBuilder text) => LineEnd().Replace(text.ToString(), "\n");

    [GeneratedRegex("\r\n")]
    private static partial Regex LineEnd();
}
