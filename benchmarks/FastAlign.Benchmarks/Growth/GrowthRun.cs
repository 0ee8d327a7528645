using System.Globalization;
using FastAlign.Cpu;
using FastAlign.Kernels.Conformance;
using FastAlign.Workloads;

namespace FastAlign.Benchmarks;

/// <summary>How the time of a DPO step grows, one quantity at a time: points and fitted exponents, beside the exponents of the operations counted.</summary>
internal static class GrowthRun
{
    public const string PointsFile = "growth.csv";
    public const string FitsFile = "growth-fits.csv";
    public const string FitsHeader = "machine,date,commit,threads,quantity,from,to,time_exponent,time_residual,flops_exponent";

    private const string PointsHeader = "machine,date,commit,threads,quantity,value,step,best_ms,median_ms,gflops,peak_mb,result";

    /// <returns>Whether every step was right.</returns>
    public static bool Run(TextWriter to)
    {
        using CpuBackend backend = Machine.Open();
        string place = $"{Machine.Id},{Machine.Date},{Machine.Commit},{backend.Threads}";
        bool isRight = true;
        to.WriteLine($"{backend.Name}: DPO steps");
        foreach (GrowthAxis axis in GrowthAxis.All)
        {
            to.WriteLine($"{axis.Name,-22}{"value",12}{"best ms",11}{"GFLOP/s",9}{"MB",8}  result");
            var rows = new List<(double Value, Measured Row)>();
            foreach ((double value, WorkloadPlan plan) in axis.Steps)
            {
                Measured row = WorkloadTimer.Measure(plan, backend, TimeBudget.Step);
                rows.Add((value, row));
                isRight &= row.Failure is null;
                to.WriteLine($"{"",-22}{value,12:f0}{row.Times.BestSeconds * 1e3,11:f2}{row.GigaflopsPerSecond,9:f1}{row.PeakBytes * 1e-6,8:f1}  {row.Failure ?? "ok"}");
            }

            PowerLaw time = PowerLaw.Fit([.. rows.Select(static point => (point.Value, point.Row.Times.BestSeconds))]);
            PowerLaw flops = PowerLaw.Fit([.. rows.Select(static point => (point.Value, point.Row.Work.Flops))]);
            to.WriteLine($"{"",-22}time ~ x^{time.Exponent:f2}, residual {time.Residual:p1}; operations ~ x^{flops.Exponent:f2}");
            ResultFile.Append(Machine.ResultFile(PointsFile), PointsHeader, [.. rows.Select(point => Point(place, axis.Name, point.Value, point.Row))]);
            ResultFile.Append(
                Machine.ResultFile(FitsFile), FitsHeader,
                [string.Create(CultureInfo.InvariantCulture, $"{place},{axis.Name},{rows[0].Value:f0},{rows[^1].Value:f0},{time.Exponent:f3},{time.Residual:f4},{flops.Exponent:f3}")]);
        }

        return isRight;
    }

    private static string Point(string place, string quantity, double value, Measured row) => string.Create(
        CultureInfo.InvariantCulture,
        $"{place},{quantity},{value:f0},{row.Name},{row.Times.BestSeconds * 1e3:g6},{row.Times.MedianSeconds * 1e3:g6},{row.GigaflopsPerSecond:g6},{row.PeakBytes * 1e-6:g6},{row.Failure?.Replace(',', ';') ?? "ok"}");
}
