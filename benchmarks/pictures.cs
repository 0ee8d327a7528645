// The pictures of benchmarks/README.md from the committed results: a roofline, and time and memory against the peers.
// usage: dotnet run -c Release benchmarks/pictures.cs      (in the root of the repository)
// Writes PNG files beside the results. Not part of the solution: ScottPlot brings a few hundred megabytes of native libraries.
#:package ScottPlot
#:project FastAlign.Benchmarks/FastAlign.Benchmarks.csproj
#:property PublishAot=false
#:property IsAotCompatible=false

using System.Text.Json;
using FastAlign.Benchmarks;
using ScottPlot;

const string Results = "benchmarks/results";
if (!Directory.Exists(Results))
{
    throw new ArgumentException("run in the root of the repository");
}

string kernels = Path.Combine(Results, "kernels.csv");
if (File.Exists(kernels))
{
    foreach (IGrouping<int, ResultRow> threads in ResultFile.Latest(kernels).GroupBy(row => row.Threads))
    {
        if (Roofline.Of([.. threads]) is { } roofline)
        {
            Picture.Save(roofline, $"roofline-{threads.Key}", 1100, 720);
        }
    }
}

PeerResult[] peers = [.. Directory.GetFiles(Results, "peers*.json").Order(StringComparer.Ordinal).SelectMany(PeerResult.Read)];
if (peers.Length > 0)
{
    PeerResult[] shown = PeerResult.Summarise(peers);
    Picture.Save(PeerBars.Of("Time of FastAlign as a share of the peer's", shown, row => row.TimeShare), "peers-time", 1100, 140 + (26 * shown.Length));
    PeerResult[] measured = [.. shown.Where(row => row.MemoryShare > 0)];
    if (measured.Length > 0)
    {
        Picture.Save(PeerBars.Of("Peak memory of FastAlign as a share of the peer's", measured, row => row.MemoryShare), "peers-memory", 1100, 140 + (26 * measured.Length));
    }
}

/// <summary>Writes a plot beside the results.</summary>
internal static class Picture
{
    public static void Save(Plot plot, string name, int width, int height)
    {
        string path = Path.Combine("benchmarks", "results", $"{name}.png");
        plot.SavePng(path, width, height);
        Console.WriteLine(path);
    }
}

/// <summary>Operations per byte against operations per second, both logarithmic; a kernel can only lie below the roofs measured with it (Williams et al., 2009).</summary>
internal static class Roofline
{
    private static readonly (string Family, string[] Ops)[] Families =
    [
        ("linear, 1 and 8 rows", []),
        ("linear, 64 rows and more", []),
        ("attention", ["attention"]),
        ("log-prob head", ["log_prob_head", "divergence_head", "top_tokens", "selected_log_probs"]),
        ("norms", ["rms_norm", "layer_norm"]),
        ("activations, rotary", ["activation", "gated_activation", "rotary"]),
        ("copy, add, AdamW and the like", ["copy", "add", "scale", "fill", "sum_of_squares", "adamw", "gather_rows", "scatter_rows"]),
    ];

    /// <returns>Null where no kernel was measured.</returns>
    public static Plot? Of(IReadOnlyList<ResultRow> rows)
    {
        ResultRow[] kernels = [.. rows.Where(row => !row.IsRoof && !row.IsForVerification && row.FlopsPerByte > 0 && row.Gigaflops > 0 && Family(row) is not null)];
        if (kernels.Length == 0)
        {
            return null;
        }

        double Roof(string name) => rows.Single(row => row.Name == $"roof/{name}") is var roof && roof.Gigaflops > 0 ? roof.Gigaflops : roof.Gigabytes;
        double left = Math.Pow(10, Math.Floor(Math.Log10(kernels.Min(row => row.FlopsPerByte))));
        double right = Math.Pow(10, Math.Ceiling(Math.Log10(kernels.Max(row => row.FlopsPerByte))));
        var plot = new Plot();
        foreach ((string name, LinePattern pattern, float width) in ((string, LinePattern, float)[])[("read", LinePattern.Dashed, 1.5f), ("copy", LinePattern.Solid, 2)])
        {
            double knee = Roof("peak") / Roof(name);
            Line(plot, (left, left * Roof(name)), (knee, Roof("peak")), pattern, width, $"{name} {Roof(name):f1} GB/s");
        }

        double firstKnee = Roof("peak") / Math.Max(Roof("read"), Roof("copy"));
        Line(plot, (firstKnee, Roof("peak")), (right, Roof("peak")), LinePattern.Solid, 2, $"peak {Roof("peak"):f0} GFLOP/s");
        Line(plot, (Roof("gemm") / Math.Max(Roof("read"), Roof("copy")), Roof("gemm")), (right, Roof("gemm")), LinePattern.Dotted, 1.5f, $"best product {Roof("gemm"):f0} GFLOP/s");
        foreach ((string family, _) in Families)
        {
            ResultRow[] members = [.. kernels.Where(row => Family(row) == family)];
            if (members.Length > 0)
            {
                var points = plot.Add.ScatterPoints(members.Select(row => Math.Log10(row.FlopsPerByte)).ToArray(), members.Select(row => Math.Log10(row.Gigaflops)).ToArray());
                points.MarkerSize = 9;
                points.LegendText = family;
            }
        }

        plot.Title($"Kernels below their roofs: {rows[0].Machine}, {rows[0].Threads} thread{(rows[0].Threads == 1 ? "" : "s")}, {rows[0].Commit}");
        plot.XLabel("operations per byte that must be moved");
        plot.YLabel("GFLOP/s");
        plot.ShowLegend(Alignment.LowerRight);
        plot.Axes.SetLimits(Math.Log10(left), Math.Log10(right), Math.Floor(Math.Log10(kernels.Min(row => row.Gigaflops))), Math.Log10(2 * Roof("peak")));
        plot.Axes.Bottom.TickGenerator = Powers();
        plot.Axes.Left.TickGenerator = Powers();
        return plot;
    }

    private static string? Family(ResultRow row)
    {
        string op = row.Name.Split('/')[0];
        if (op == "linear")
        {
            // Names are layer-rows x in x out.
            string rows = new([.. row.Name.Split('x')[0].Reverse().TakeWhile(char.IsAsciiDigit).Reverse()]);
            return rows is "1" or "8" ? Families[0].Family : Families[1].Family;
        }

        return Array.Find(Families, family => family.Ops.Contains(op)).Family;
    }

    private static void Line(Plot plot, (double X, double Y) from, (double X, double Y) to, LinePattern pattern, float width, string legend)
    {
        var line = plot.Add.Line(Math.Log10(from.X), Math.Log10(from.Y), Math.Log10(to.X), Math.Log10(to.Y));
        (line.LineColor, line.LinePattern, line.LineWidth, line.LegendText) = (Colors.Black.WithAlpha(0.7), pattern, width, legend);
    }

    private static ScottPlot.TickGenerators.NumericAutomatic Powers() => new()
    {
        LabelFormatter = exponent => Math.Abs(exponent - Math.Round(exponent)) < 1e-9 ? $"{Math.Pow(10, exponent):g4}" : "",
        MinorTickGenerator = new ScottPlot.TickGenerators.LogMinorTickGenerator(),
        IntegerTicksOnly = true,
    };
}

/// <summary>A row of the peers' JSON, reduced to what is drawn.</summary>
/// <param name="Label">What, at which size, on how many threads.</param>
/// <param name="TimeShare">Our best time over the peer's; below 1, FastAlign is faster.</param>
/// <param name="MemoryShare">Our peak over the peer's; 0 if it was not measured.</param>
internal sealed record PeerResult(string Label, double TimeShare, double MemoryShare)
{
    public static IEnumerable<PeerResult> Read(string path)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(path));
        foreach (JsonElement row in document.RootElement.EnumerateArray().ToArray())
        {
            double Number(string name) => row.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : 0;
            string name = row.GetProperty("name").GetString()!;
            string threads = Number("threads") == 1 ? "1 thread" : $"{Number("threads")} threads";

            // Products are named gemm.form: a hundred of them are drawn as the mean of each form.
            string label = name.Contains('.', StringComparison.Ordinal) ? $"{name}, {threads}" : $"{name} {row.GetProperty("shape").GetString()}, {threads}";
            yield return new PeerResult(label, 1 / Number("ratio"), Number("peer_peak_mb") > 0 ? Number("our_peak_mb") / Number("peer_peak_mb") : 0);
        }
    }

    /// <summary>Rows of equal label as one, by geometric means.</summary>
    public static PeerResult[] Summarise(IEnumerable<PeerResult> rows) =>
    [
        .. rows.GroupBy(row => row.Label).Select(group => new PeerResult(
            group.Count() == 1 ? group.Key : $"{group.Key} (mean of {group.Count()})", Mean(group.Select(row => row.TimeShare)), Mean(group.Select(row => row.MemoryShare)))),
    ];

    private static double Mean(IEnumerable<double> values)
    {
        double[] shares = [.. values];
        return Array.Exists(shares, share => share <= 0) ? 0 : Math.Exp(shares.Average(Math.Log));
    }
}

/// <summary>Shares as horizontal bars, the first on top; what loses against the peer is red.</summary>
internal static class PeerBars
{
    public static Plot Of(string title, IReadOnlyList<PeerResult> rows, Func<PeerResult, double> share)
    {
        var plot = new Plot();
        Bar[] bars = [.. rows.Select((row, i) => new Bar
        {
            Position = rows.Count - i,
            Value = share(row),
            FillColor = share(row) <= 1 ? Color.FromHex("#2a7f62") : Color.FromHex("#b3402e"),
            Label = $"{share(row):f2}",
            LineWidth = 0,
            Size = 0.7,
        })];
        var drawn = plot.Add.Bars(bars);
        drawn.Horizontal = true;
        plot.Add.VerticalLine(1, 1.5f, Colors.Black.WithAlpha(0.6), LinePattern.Dashed);
        plot.Axes.Left.SetTicks([.. bars.Select(bar => bar.Position)], [.. rows.Select(row => row.Label)]);
        plot.Axes.Left.MajorTickStyle.Length = 0;
        plot.Title($"{title} (below 1: FastAlign is ahead)");
        plot.Axes.SetLimits(0, 1.15 * Math.Max(1, rows.Max(share)), 0.4, rows.Count + 0.6);
        plot.HideGrid();
        return plot;
    }
}
