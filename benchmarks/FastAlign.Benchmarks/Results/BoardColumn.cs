using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using FastAlign.Kernels.Conformance;
using Perfolizer.Metrology;

namespace FastAlign.Benchmarks;

/// <summary>A column that is computed from a benchmark's best time and its work.</summary>
internal sealed class BoardColumn(string name, string legend, Func<Measured, string> format) : IColumn
{
    public static IColumn[] All { get; } =
    [
        new BoardColumn("Best", "Shortest call", static row => $"{row.Times.BestSeconds * 1e3:f3} ms"),
        new BoardColumn("GFLOP/s", "Operations per second of the best call", static row => $"{row.GigaflopsPerSecond:f1}"),
        new BoardColumn("GB/s", "Bytes that must be read and written, per second of the best call", static row => $"{row.GigabytesPerSecond:f1}"),
        new BoardColumn("Of roof", "Shortest possible time over the best", static row => $"{row.ShareOf(Machine.Roofs):p0}"),
        new BoardColumn("Roof", "What bounds it: peak, gemm, read or copy", static row => ResultRow.NameOf(Machine.Roofs.Bound(row.Work).Roof)),
        new BoardColumn("MB", "Most memory held", static row => $"{row.PeakBytes * 1e-6:f1}"),
        new BoardColumn("Result", "Of the check after timing", static row => row.Failure ?? "ok"),
    ];

    public string Id => $"{nameof(BoardColumn)}.{name}";

    public string ColumnName => name;

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => 0;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public string Legend => legend;

    /// <summary>The benchmark with its times, or null if it failed.</summary>
    public static Measured? Read(Summary summary, BenchmarkCase benchmark) =>
        summary[benchmark]?.ResultStatistics is { } statistics
            ? Board.Find((string)benchmark.Parameters[nameof(KernelBenchmark.Row)], new Times(statistics.Min * 1e-9, statistics.Median * 1e-9))
            : null;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) => Read(summary, benchmarkCase) is { } row ? format(row) : "failed";

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);

    public bool IsAvailable(Summary summary) => true;

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;
}
