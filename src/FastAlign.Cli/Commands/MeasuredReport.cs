using System.Text.Json;
using FastAlign.Core;
using FastAlign.Kernels.Conformance;

namespace FastAlign.Cli.Commands;

/// <summary>Table and JSON of timed rows, for <c>bench</c> and <c>kernels bench</c>.</summary>
internal static class MeasuredReport
{
    private const double Milli = 1e3;
    private const double Mega = 1e-6;

    /// <param name="to">Where to.</param>
    /// <param name="backend">What was timed.</param>
    /// <param name="roofs">Measured in this run; rows are shares of the last.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="isJson">For programs.</param>
    public static void Write(TextWriter to, Backend backend, IReadOnlyList<Roofs> roofs, IReadOnlyList<Measured> rows, bool isJson)
    {
        if (isJson)
        {
            JsonOutput.Write(to, json => WriteJson(json, backend, roofs, rows));
            return;
        }

        WriteHeading(to, backend, roofs);
        foreach (Measured row in rows)
        {
            WriteRow(to, roofs[^1], row);
        }
    }

    public static void WriteHeading(TextWriter to, Backend backend, IReadOnlyList<Roofs> roofs)
    {
        to.WriteLine($"{backend.Name}; roofs measured in this run:");
        foreach (Roofs measured in roofs)
        {
            to.WriteLine($"  {measured}");
        }

        to.WriteLine($"{"what",-44}{"best ms",11}{"median ms",11}{"GFLOP/s",9}{"GB/s",8}{"tokens/s",10}{"of roof",9} {"roof",-5}{"MB",8}  result");
    }

    public static void WriteRow(TextWriter to, Roofs roofs, Measured row)
    {
        string result = !row.IsSupported ? "not supported" : row.Failure is null ? "ok" : $"WRONG: {row.Failure}";
        string tokens = row.Tokens > 0 ? $"{row.TokensPerSecond:f0}" : "";
        to.WriteLine(
            $"{row.Name,-44}{row.Times.BestSeconds * Milli,11:f3}{row.Times.MedianSeconds * Milli,11:f3}{row.GigaflopsPerSecond,9:f1}{row.GigabytesPerSecond,8:f1}{tokens,10}"
            + $"{row.ShareOf(roofs),9:p0} {Name(roofs.Bound(row.Work).Roof),-5}{row.PeakBytes * Mega,8:f1}  {result}");
    }

    private static void WriteJson(Utf8JsonWriter json, Backend backend, IReadOnlyList<Roofs> roofs, IReadOnlyList<Measured> rows)
    {
        json.WriteString("device", backend.Name);
        json.WriteString("numerics", backend.NumericsId);
        json.WriteStartArray("roofs");
        foreach (Roofs measured in roofs)
        {
            json.WriteStartObject();
            json.WriteNumber("threads", measured.Threads);
            json.WriteNumber("peakGigaflopsPerSecond", measured.PeakGigaflops);
            json.WriteNumber("gemmGigaflopsPerSecond", measured.GemmGigaflops);
            json.WriteNumber("readGigabytesPerSecond", measured.ReadGigabytes);
            json.WriteNumber("copyGigabytesPerSecond", measured.CopyGigabytes);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("rows");
        foreach (Measured row in rows)
        {
            WriteJson(json, roofs[^1], row);
        }

        json.WriteEndArray();
    }

    private static void WriteJson(Utf8JsonWriter json, Roofs roofs, Measured row)
    {
        json.WriteStartObject();
        json.WriteString("name", row.Name);
        json.WriteString("result", !row.IsSupported ? "skipped" : row.Failure is null ? "passed" : "failed");
        json.WriteString("failure", row.Failure);
        json.WriteNumber("bestMilliseconds", row.Times.BestSeconds * Milli);
        json.WriteNumber("medianMilliseconds", row.Times.MedianSeconds * Milli);
        json.WriteNumber("gigaflopsPerSecond", row.GigaflopsPerSecond);
        json.WriteNumber("gigabytesPerSecond", row.GigabytesPerSecond);
        json.WriteNumber("flopsPerByte", row.Work.Intensity);
        json.WriteNumber("tokensPerSecond", row.TokensPerSecond);
        json.WriteString("roof", Name(roofs.Bound(row.Work).Roof));
        json.WriteNumber("shareOfRoof", row.ShareOf(roofs));
        json.WriteNumber("peakMegabytes", row.PeakBytes * Mega);
        json.WriteEndObject();
    }

    private static string Name(Roof roof) => Enum.GetName(roof)!.ToLowerInvariant();
}
