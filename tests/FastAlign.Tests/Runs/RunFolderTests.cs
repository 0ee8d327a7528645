using System.Text.Json.Nodes;
using FastAlign.Alignment;
using FastAlign.Core;

namespace FastAlign.Tests.Runs;

/// <summary>The folder of a run after things went wrong: a kill, a full disk, a stray line.</summary>
public sealed class RunFolderTests : IDisposable
{
    private static readonly JsonObject Settings = new() { ["beta"] = 0.1 };

    private readonly string _path = Directory.CreateTempSubdirectory("fastalign-run-").FullName;

    [Fact]
    public void TruncateMetrics_CutForeignAndLaterLines_KeepsWhatTheRunWroteUpToTheStep()
    {
        RunFolder folder = RunFolder.Open(_path, Settings, isResumed: false);
        File.WriteAllText(folder.Metrics, "{\"step\":1}\n{\"step\":2}\n{\"note\":1}\n[2]\n{\"step\":\"2\"}\n{\"step\":3}\n{\"step\":2,\"eval");

        folder.TruncateMetrics(2);

        Assert.Equal("{\"step\":1}\n{\"step\":2}\n", File.ReadAllText(folder.Metrics));
    }

    [Fact]
    public void Open_Resumed_RemovesWhatAKilledProcessLeft()
    {
        RunFolder.Open(_path, Settings, isResumed: false);
        string left = Path.Combine(_path, $"model.tmp-{Guid.NewGuid():N}");
        Directory.CreateDirectory(left);
        File.WriteAllText(Path.Combine(left, "model.safetensors"), "half");

        RunFolder.Open(_path, Settings, isResumed: true);

        Assert.False(Directory.Exists(left));
        Assert.True(File.Exists(Path.Combine(_path, "run.json")));
    }

    [Fact]
    public void Append_FullDisk_SaysWhichFile()
    {
        const string Full = "/dev/full";
        if (!File.Exists(Full))
        {
            Assert.Skip("needs a device that is always full");
        }

        RunFolder folder = RunFolder.Open(_path, Settings, isResumed: false);
        File.CreateSymbolicLink(folder.Metrics, Full);

        var failure = Assert.Throws<RunException>(() => folder.Append(new TrainingReport(1, 2, 0.5, [])));

        Assert.StartsWith($"{folder.Metrics}: cannot be written", failure.Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
