using System.Text.Json;

namespace FastAlign.Tests.Cli;

public sealed class BenchCommandTests
{
    [Theory]
    [InlineData("linear/attention-out-64x", 3)]
    [InlineData("dpo/stories260k", 1)]
    [InlineData("decode/stories260k-batch-1", 1)]
    public void Bench_QuickJson_HasRightRowsBelowTheirRoofs(string only, int count)
    {
        (int exitCode, string output, string error) = CommandLine.Run([], "bench", "--quick", "--json", "--threads", "1", "--only", only);

        using JsonDocument document = JsonDocument.Parse(output);
        JsonElement[] rows = [.. document.RootElement.GetProperty("rows").EnumerateArray()];
        Assert.Equal((0, ""), (exitCode, error));
        Assert.Equal(count, rows.Length);
        Assert.All(rows, row =>
        {
            Assert.StartsWith(only, row.GetProperty("name").GetString(), StringComparison.Ordinal);
            Assert.Equal("passed", row.GetProperty("result").GetString());
            Assert.InRange(row.GetProperty("bestMilliseconds").GetDouble(), 1e-3, row.GetProperty("medianMilliseconds").GetDouble());
            Assert.InRange(row.GetProperty("shareOfRoof").GetDouble(), 1e-4, 10);
            Assert.InRange(row.GetProperty("peakMegabytes").GetDouble(), 1, 1000);
        });
        JsonElement roofs = Assert.Single(document.RootElement.GetProperty("roofs").EnumerateArray());
        Assert.Equal(1, roofs.GetProperty("threads").GetInt32());
        Assert.InRange(roofs.GetProperty("gemmGigaflopsPerSecond").GetDouble(), 0.1, 1.2 * roofs.GetProperty("peakGigaflopsPerSecond").GetDouble());
        Assert.InRange(roofs.GetProperty("readGigabytesPerSecond").GetDouble(), 0.1, 1000);
    }

    [Fact]
    public void Bench_Table_NamesRoofsAndRows()
    {
        (int exitCode, string output, _) = CommandLine.Run([], "bench", "--quick", "--threads", "2", "--only", "rotary");

        Assert.Equal(0, exitCode);
        Assert.Contains("1 thread: peak ", output, StringComparison.Ordinal);
        Assert.Contains("2 threads: peak ", output, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^rotary/512x12x64-in-place.forward .* ok$", output);
    }

    [Theory]
    [InlineData("--only: 'zzz' matches none of", "--only", "zzz")]
    [InlineData("--device: expected host, cuda, opencl or simulator", "--device", "nowhere")]
    [InlineData("--large: expected no --quick beside it", "--large", "--quick")]
    [InlineData("--only: 'rotary' matches none of", "--variant", "tensor_core", "--only", "rotary")]
    [InlineData("--threads: expected at least 0, found -2", "--threads", "-2")]
    [InlineData("Unrecognized command or argument 'shout'.", "shout")]
    public void Bench_BadUsage_SaysSoAndExitsWithTwo(string message, params string[] arguments)
    {
        (int exitCode, string output, string error) = CommandLine.Run([], ["bench", .. arguments]);

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }
}
