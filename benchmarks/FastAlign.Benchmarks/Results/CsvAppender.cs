using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using FastAlign.Kernels.Conformance;

namespace FastAlign.Benchmarks;

/// <summary>Appends what a run measured, and its roofs, to <c>benchmarks/results/kernels.csv</c>.</summary>
internal sealed class CsvAppender : IExporter
{
    public const string FileName = "kernels.csv";

    public string Name => nameof(CsvAppender);

    public void ExportToLog(Summary summary, ILogger logger)
    {
    }

    public IEnumerable<string> ExportToFiles(Summary summary, ILogger consoleLogger)
    {
        Measured[] rows = [.. summary.BenchmarksCases.Select(benchmark => BoardColumn.Read(summary, benchmark)).OfType<Measured>()];
        if (rows.Length == 0)
        {
            return [];
        }

        string path = Machine.ResultFile(FileName);
        ResultFile.Append(path, ResultRow.Header, [.. ResultRow.Of(Machine.Roofs).Select(static row => row.ToLine()), .. rows.Select(static row => ResultRow.Of(row, Machine.Roofs).ToLine())]);
        return [path];
    }
}
