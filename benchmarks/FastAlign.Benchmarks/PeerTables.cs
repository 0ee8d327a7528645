using System.Globalization;
using System.Text;
using System.Text.Json;

namespace FastAlign.Benchmarks;

/// <summary>Tables of the JSON that <c>benchmarks/peers/run.sh</c> writes, one file for each comparison. Products are many: of them the ratios only.</summary>
internal static class PeerTables
{
    private const string Product = "gemm.";
    private const string Decoding = "gemm.decode";
    private static readonly string[] TrainingForms = ["gemm.forward", "gemm.dx", "gemm.dw"];

    public static string All()
    {
        PeerResult[] rows = [.. Directory.GetFiles(Machine.ResultFile(""), "peers*.json").Order(StringComparer.Ordinal).SelectMany(Read)];
        if (rows.Length == 0)
        {
            return "";
        }

        var text = new StringBuilder();
        Steps(text, [.. rows.Where(static row => !row.Name.StartsWith(Product, StringComparison.Ordinal))]);
        Products(text, [.. rows.Where(static row => row.Name.StartsWith(Product, StringComparison.Ordinal))]);
        return Tables.Lines(text);
    }

    private static void Steps(StringBuilder text, PeerResult[] rows)
    {
        text.AppendLine("| what | shape | threads | our best ms | peer's best ms | ratio | our peak MB | peer's peak MB | ratio |").AppendLine("|---|---|--:|--:|--:|--:|--:|--:|--:|");
        foreach (PeerResult row in rows)
        {
            string memory = row.OurMegabytes is { } ours && row.PeerMegabytes is { } peers
                ? string.Create(CultureInfo.InvariantCulture, $"{ours:f0} | {peers:f0} | {ours / peers:f2}")
                : " | | ";
            text.AppendLine(CultureInfo.InvariantCulture, $"| {row.Name} | {row.Shape} | {row.Threads} | {row.OurMs:f3} | {row.PeerMs:f3} | {row.Ratio:f2} | {memory} |");
        }

        text.AppendLine();
    }

    /// <summary>A line per layer; in each field the ratios over ascending numbers of rows.</summary>
    private static void Products(StringBuilder text, PeerResult[] rows)
    {
        if (rows.Length == 0)
        {
            return;
        }

        text.AppendLine("Products against OpenBLAS: ratios at 64, 256, 512 and 1024 rows (decoding: 1, 8 and 32). Times are in `results/peers-gemm*.json`.").AppendLine();
        text.AppendLine("| layer | out x in | threads | forward | dx | dw | decoding |").AppendLine("|---|---|--:|---|---|---|---|");
        foreach (IGrouping<(int Threads, string Layer, string Size), PeerResult> layer in rows.GroupBy(static row => (row.Threads, row.Layer, row.Size)))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"| {layer.Key.Layer} | {layer.Key.Size} | {layer.Key.Threads} | {string.Join(" | ", TrainingForms.Append(Decoding).Select(form => Ratios(layer, form)))} |");
        }

        text.AppendLine();
        foreach (IGrouping<(bool, int), PeerResult> group in rows.GroupBy(static row => (row.Name == Decoding, row.Threads)))
        {
            PeerResult worst = group.MinBy(static row => row.Ratio)!;
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"* {(group.Key.Item1 ? "Decoding" : "Training")}, {group.Key.Item2} {(group.Key.Item2 == 1 ? "thread" : "threads")}: {group.Count()} cells, geometric mean {Math.Exp(group.Average(static row => Math.Log(row.Ratio))):f3}, worst {worst.Ratio:f3} ({worst.Name} {worst.Shape}).");
        }
    }

    private static string Ratios(IEnumerable<PeerResult> layer, string form) =>
        string.Join(" ", layer.Where(row => row.Name == form).Select(static row => row.Ratio.ToString("f2", CultureInfo.InvariantCulture)));

    private static IEnumerable<PeerResult> Read(string path)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(path));
        return [.. document.RootElement.EnumerateArray().Select(static row => new PeerResult(
            row.GetProperty("name").GetString()!,
            row.GetProperty("shape").GetString()!,
            row.GetProperty("threads").GetInt32(),
            row.GetProperty("our_best_ms").GetDouble(),
            row.GetProperty("peer_best_ms").GetDouble(),
            row.GetProperty("ratio").GetDouble(),
            Megabytes(row, "our_peak_mb"),
            Megabytes(row, "peer_peak_mb")))];

        static double? Megabytes(JsonElement row, string name) =>
            row.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
    }

    private sealed record PeerResult(string Name, string Shape, int Threads, double OurMs, double PeerMs, double Ratio, double? OurMegabytes, double? PeerMegabytes)
    {
        /// <summary>Of a product, e.g. <c>135m.qkv</c> in <c>135m.qkv 64x960x576</c>.</summary>
        public string Layer => Shape.Split(' ')[0];

        /// <summary>Of a product, e.g. <c>960x576</c>.</summary>
        public string Size => Shape[(Shape.IndexOf('x', StringComparison.Ordinal) + 1)..];
    }
}
