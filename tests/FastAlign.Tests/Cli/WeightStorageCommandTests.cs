using System.Text.Json;
using FastAlign.Cpu;
using FastAlign.IO.Checkpoints;

namespace FastAlign.Tests.Cli;

/// <summary><c>ref_dtype</c> and <c>--dtype</c> as a user sees them.</summary>
public sealed class WeightStorageCommandTests : IDisposable
{
    private readonly ToolRun _tool = new();
    private readonly string _model;

    public WeightStorageCommandTests()
    {
        using var backend = new CpuBackend(1);
        using LoadedModel sample = HfCheckpoint.Load(Path.Combine(AppContext.BaseDirectory, "samples", "stories260k"), backend);
        _model = _tool.Path("bf16");
        HfCheckpoint.Save(_model, sample, new SaveOptions { Type = WeightType.BF16 });
    }

    public void Dispose() => _tool.Dispose();

    [Fact]
    public void Dpo_ReferenceAsInItsFile_TrainsToTheSameBitsWithLessMemory()
    {
        long half = Train("auto", "--ref-dtype", "auto");
        long whole = Train("wide", "--ref-dtype", "float32");

        Assert.InRange(half, whole / 2, (long)(0.51 * whole));
        Assert.Equal(_tool.Result("wide").Metrics, _tool.Result("auto").Metrics);
        Assert.True(_tool.Result("wide").Weights.AsSpan().SequenceEqual(_tool.Result("auto").Weights), "how the reference is stored changes the weights");
    }

    [Theory]
    [InlineData("--ref-model-sync-steps", "2", "ref_model_sync_steps")]
    [InlineData("--precompute-ref-log-probs", "true", "precompute_ref_log_probs")]
    public void Dpo_BrainFloatReferenceThatCannotBe_IsRefused(string option, string value, string named)
    {
        (int exitCode, _, string error) = ToolRun.Run(_tool.Arguments("refused", 1, "--ref-dtype", "bfloat16", option, value));

        Assert.Equal(2, exitCode);
        Assert.Contains("ref_dtype", error, StringComparison.Ordinal);
        Assert.Contains(named, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_EitherStorage_SaysTheSame()
    {
        (int exitCode, string expected, string error) = Generate("float32");
        Assert.True(exitCode == 0, error);

        Assert.Equal(expected, Generate("auto").Output);
        Assert.Equal(expected, Generate("bfloat16").Output);
        (exitCode, _, error) = Generate("float16");
        Assert.Equal(2, exitCode);
        Assert.Contains("--dtype: expected one of auto, float32, bfloat16, found 'float16'", error, StringComparison.Ordinal);

        (int ExitCode, string Output, string Error) Generate(string type) =>
            ToolRun.Run("generate", "--model", _model, "--max-new-tokens", "20", "--samples", "2", "--temperature", "1", "--json", "--dtype", type);
    }

    /// <summary>Trains, and tells what the reference was planned to take.</summary>
    private long Train(string name, params string[] more)
    {
        string rows = _tool.Path("rows.jsonl");
        File.WriteAllLines(rows, Enumerable.Range(0, 12).Select(i => $$"""{"prompt": "Once upon a time {{i}}", "chosen": " there was a cat.", "rejected": " no."}"""));
        string[] arguments = [.. _tool.Arguments(name, 4, "--model-name-or-path", _model, "--dataset-name", rows), .. more];
        (int exitCode, string plan, string error) = ToolRun.Run([.. arguments, "--plan", "--json"]);
        Assert.True(exitCode == 0, error);
        (exitCode, _, error) = ToolRun.Run(arguments);
        Assert.True(exitCode == 0, error);
        return JsonDocument.Parse(plan).RootElement.GetProperty("reference_bytes").GetInt64();
    }
}
