using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace FastAlign.Benchmarks;

/// <summary>How BenchmarkDotNet runs: in this process, where the roofs are measured, with the columns and the file of results that belong to them.</summary>
internal static class BenchmarkConfig
{
    private const int LongestName = 64;

    private static readonly TimeSpan LongestBenchmark = TimeSpan.FromHours(1);

    public static IConfig Create()
    {
        Job job = Job.Default
            .WithToolchain(new InProcessEmitToolchain(LongestBenchmark, logOutput: true))
            .WithIterationTime(TimeInterval.FromMilliseconds(100))
            .WithWarmupCount(5)
            .WithIterationCount(10);
        return ManualConfig.CreateEmpty()
            .AddLogger(ConsoleLogger.Default)
            .AddColumnProvider(DefaultColumnProviders.Params)
            .AddColumn(StatisticColumn.Median)
            .AddColumn(BoardColumn.All)
            .AddExporter(new CsvAppender())
            .AddJob(job)
            .WithSummaryStyle(SummaryStyle.Default.WithMaxParameterColumnWidth(LongestName))
            .WithArtifactsPath(Path.Combine(AppContext.BaseDirectory, "artifacts"));
    }
}
