using System.Globalization;
using FastAlign.Kernels.Conformance;

namespace FastAlign.Benchmarks;

/// <summary>A line of <c>results/kernels.csv</c>: one benchmark on one machine, or one of its roofs (<c>roof/peak</c>, without times).</summary>
/// <param name="Machine">See <see cref="Benchmarks.Machine.Id"/>.</param>
/// <param name="Date">Of the run.</param>
/// <param name="Commit">Of the sources.</param>
/// <param name="Threads">Of the host.</param>
/// <param name="Name">Of the benchmark.</param>
public sealed record ResultRow(string Machine, string Date, string Commit, int Threads, string Name)
{
    public const string Header = "machine,date,commit,threads,name,best_ms,median_ms,gflops,gbytes,flops_per_byte,tokens_per_s,roof,share,peak_mb,result";

    private const string RoofPrefix = "roof/";
    private const int Columns = 15;

    private static readonly HashSet<string> Verified = [.. KernelCases.All.Select(static kernel => kernel.Name)];

    public double BestMs { get; init; }

    public double MedianMs { get; init; }

    public double Gigaflops { get; init; }

    public double Gigabytes { get; init; }

    public double FlopsPerByte { get; init; }

    public double TokensPerSecond { get; init; }

    /// <summary>Which roof bounds it.</summary>
    public string Roof { get; init; } = "";

    /// <summary>Of that roof.</summary>
    public double Share { get; init; }

    public double PeakMegabytes { get; init; }

    /// <summary><c>ok</c>, or what the check after timing found wrong.</summary>
    public string Result { get; init; } = "ok";

    public bool IsRoof => Name.StartsWith(RoofPrefix, StringComparison.Ordinal);

    /// <summary>Awkward shapes of verification: what they cost is kept, but tables and pictures are about other sizes.</summary>
    public bool IsForVerification => Verified.Contains(Name[..Math.Max(Name.LastIndexOf('.'), 0)]);

    public static string NameOf(Roof roof) => $"{roof}".ToLowerInvariant();

    internal static ResultRow Of(Measured row, Roofs roofs) => Here(row.Name) with
    {
        BestMs = 1e3 * row.Times.BestSeconds,
        MedianMs = 1e3 * row.Times.MedianSeconds,
        Gigaflops = row.GigaflopsPerSecond,
        Gigabytes = row.GigabytesPerSecond,
        FlopsPerByte = row.Work.Intensity,
        TokensPerSecond = row.TokensPerSecond,
        Roof = NameOf(roofs.Bound(row.Work).Roof),
        Share = row.ShareOf(roofs),
        PeakMegabytes = row.PeakBytes * 1e-6,
        Result = row.Failure ?? "ok",
    };

    internal static IEnumerable<ResultRow> Of(Roofs roofs) => Enum.GetValues<Roof>().Select(roof =>
    {
        bool isArithmetic = roof is Kernels.Conformance.Roof.Peak or Kernels.Conformance.Roof.Gemm;
        return Here(RoofPrefix + NameOf(roof)) with { Gigaflops = isArithmetic ? roofs[roof] : 0, Gigabytes = isArithmetic ? 0 : roofs[roof] };
    });

    /// <exception cref="InvalidDataException">The line has another number of columns.</exception>
    public static ResultRow Parse(string line)
    {
        string[] cells = line.Split(',');
        if (cells.Length != Columns)
        {
            throw new InvalidDataException($"expected {Columns} columns ({Header}), found {cells.Length}: {line}");
        }

        return new ResultRow(cells[0], cells[1], cells[2], int.Parse(cells[3], CultureInfo.InvariantCulture), cells[4])
        {
            BestMs = Number(cells[5]),
            MedianMs = Number(cells[6]),
            Gigaflops = Number(cells[7]),
            Gigabytes = Number(cells[8]),
            FlopsPerByte = Number(cells[9]),
            TokensPerSecond = Number(cells[10]),
            Roof = cells[11],
            Share = Number(cells[12]),
            PeakMegabytes = Number(cells[13]),
            Result = cells[14],
        };
    }

    public string ToLine() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Machine},{Date},{Commit},{Threads},{Name},{BestMs:g6},{MedianMs:g6},{Gigaflops:g6},{Gigabytes:g6},{FlopsPerByte:g6},{TokensPerSecond:g6},{Roof},{Share:g4},{PeakMegabytes:g6},{Result.Replace(',', ';')}");

    private static ResultRow Here(string name) => new(
        Benchmarks.Machine.Id, Benchmarks.Machine.Date, Benchmarks.Machine.Commit, Benchmarks.Machine.Roofs.Threads, name);

    private static double Number(string cell) => double.Parse(cell, CultureInfo.InvariantCulture);
}
