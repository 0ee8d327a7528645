using System.Text.Json;
using FastAlign.Core;
using FastAlign.Cpu;
using FastAlign.IO.Checkpoints;
using FastAlign.Kernels.Conformance;
using FastAlign.Models;
using Xunit;

namespace FastAlign.Tests.IO;

public sealed class TrainingCheckpointTests : IDisposable
{
    private static readonly JsonElement State = JsonDocument.Parse("""{"step":3,"seed":18446744073709551615,"loss":0.1}""").RootElement;

    private readonly TemporaryFolder _run = new();

    public void Dispose() => _run.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void SaveLoad_WeightsMomentsAndState_AreBitEqual(bool isDouble)
    {
        using Backend backend = isDouble ? new ReferenceBackend() : new CpuBackend();
        using LoadedModel model = TinyModel.Create(backend, "");
        using ParameterSet moment = model.Parameters.ZerosLike();
        TinyModel.Fill(moment, 99);
        NamedParameters[] saved = [new("weights", model.Parameters), new("first_moment", moment)];
        TrainingCheckpoint.Save(_run.Path, 3, saved, State);
        using ParameterSet weightsAgain = moment.ZerosLike();
        using ParameterSet momentAgain = moment.ZerosLike();

        JsonElement state = TrainingCheckpoint.Load(TrainingCheckpoint.Latest(_run.Path)!, [new("weights", weightsAgain), new("first_moment", momentAgain)]);

        Assert.Equal(State.GetRawText(), state.GetRawText());
        Assert.Equal(ParameterHash.Of(model.Parameters), ParameterHash.Of(weightsAgain));
        Assert.Equal(ParameterHash.Of(moment), ParameterHash.Of(momentAgain));
        Assert.NotEqual(ParameterHash.Of(moment), ParameterHash.Of(weightsAgain));
    }

    [Fact]
    public void Latest_PartialAndStrangeFolders_ArePassedOver()
    {
        using var backend = new CpuBackend();
        string second = Save(backend, 2);
        string tenth = Save(backend, 10);
        string eleventh = Save(backend, 11);
        File.Delete(Path.Combine(eleventh, "checksums.json"));
        Directory.CreateDirectory(_run.File("checkpoints", "step-12"));
        Directory.CreateDirectory(_run.File("checkpoints", "step-x"));
        string killed = _run.File("checkpoints", $"step-13.tmp-{new string('0', 32)}");
        Directory.CreateDirectory(killed);

        Assert.Equal(tenth, TrainingCheckpoint.Latest(_run.Path));
        Assert.False(Directory.Exists(killed));
        File.WriteAllText(Path.Combine(tenth, "state.json"), "{");
        Assert.Equal(second, TrainingCheckpoint.Latest(_run.Path));
        Assert.Null(TrainingCheckpoint.Latest(_run.File("none")));
    }

    [Theory]
    [InlineData("weights.safetensors")]
    [InlineData("state.json")]
    public void Load_OneBitFlipped_NamesTheFile(string name)
    {
        using var backend = new CpuBackend();
        string folder = Save(backend, 1);
        byte[] bytes = File.ReadAllBytes(Path.Combine(folder, name));
        bytes[^2] ^= 1;
        File.WriteAllBytes(Path.Combine(folder, name), bytes);
        using LoadedModel model = TinyModel.Create(backend, "");

        InputException error = Assert.Throws<InputException>(() => TrainingCheckpoint.Load(folder, [new("weights", model.Parameters)]));

        Assert.StartsWith(Path.Combine(folder, name), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_OtherModelOrType_IsRefused()
    {
        using var backend = new CpuBackend();
        using var reference = new ReferenceBackend();
        string folder = Save(backend, 1);
        using LoadedModel other = TinyModel.Create(backend, "", TinyModel.Gpt2);
        using LoadedModel wide = TinyModel.Create(reference, "");

        Assert.Throws<InputException>(() => TrainingCheckpoint.Load(folder, [new("weights", other.Parameters)]));
        Assert.Throws<InputException>(() => TrainingCheckpoint.Load(folder, [new("weights", wide.Parameters)]));
        Assert.Throws<InputException>(() => TrainingCheckpoint.Load(folder, [new("second_moment", other.Parameters)]));
    }

    [Fact]
    public void Save_KeepTwo_RemovesTheOldest()
    {
        using var backend = new CpuBackend();
        for (int step = 8; step <= 11; step++)
        {
            Save(backend, step, keep: 2);
        }

        Assert.Equal(["step-10", "step-11"], Directory.GetFileSystemEntries(_run.File("checkpoints")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Save_SameStepAgain_Replaces()
    {
        using var backend = new CpuBackend();

        Assert.Equal(Save(backend, 1), Save(backend, 1));
        Assert.Single(Directory.GetFileSystemEntries(_run.File("checkpoints")));
    }

    private string Save(CpuBackend backend, long step, int keep = 0)
    {
        using LoadedModel model = TinyModel.Create(backend, "");
        return TrainingCheckpoint.Save(_run.Path, step, [new("weights", model.Parameters)], State, keep);
    }
}
