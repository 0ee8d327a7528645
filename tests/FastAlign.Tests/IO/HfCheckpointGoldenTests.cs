using System.Text.Json;
using FastAlign.Cpu;
using FastAlign.IO.Checkpoints;
using FastAlign.IO.Safetensors;
using FastAlign.Models;
using Xunit;

namespace FastAlign.Tests.IO;

[Trait("Category", Goldens.Category)]
public sealed class HfCheckpointGoldenTests
{
    /// <summary>Model folders of families the engine knows.</summary>
    public static TheoryData<string> Folders
    {
        get
        {
            var known = Architecture.All.Select(a => a.ModelType).ToHashSet();
            return [.. Directory.GetDirectories(Goldens.Path("models"))
                .Where(folder => known.Contains(JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "config.json"))).RootElement.GetProperty("model_type").GetString()!))
                .Append(Goldens.DataPath("stories260k", "hf"))
                .Order(StringComparer.Ordinal)];
        }
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Load_GoldenModel_HoldsEveryTensorOfTheFile(string folder)
    {
        using var backend = new CpuBackend();
        using LoadedModel model = HfCheckpoint.Load(folder, backend);
        var tensors = Architecture.Of(model.Config).Tensors(model.Spec, model.Score).ToDictionary(t => t.Name);

        foreach (string path in Directory.GetFiles(folder, "model*.safetensors"))
        {
            using SafetensorsFile file = SafetensorsFile.Open(path);
            foreach (SafetensorsEntry entry in file.Entries)
            {
                float[] held = new float[entry.Length];
                model.Parameters.Export(tensors[entry.Name], held);

                Assert.Equal(file.ReadFloat32(entry.Name), held);
                Assert.True(tensors.Remove(entry.Name));
            }
        }

        Assert.Empty(tensors);
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Load_ConfigOfTransformers4_GivesTheSameSpec(string folder)
    {
        if (!File.Exists(Path.Combine(folder, "config.v4.json")))
        {
            return;
        }

        using var copy = new TemporaryFolder();
        foreach (string path in Directory.GetFiles(folder, "model*").Append(Path.Combine(folder, "config.json")))
        {
            File.Copy(path, copy.File(Path.GetFileName(path)));
        }

        using var backend = new CpuBackend();
        using LoadedModel model = HfCheckpoint.Load(copy.Path, backend);
        File.Copy(Path.Combine(folder, "config.v4.json"), copy.File("config.json"), overwrite: true);
        using LoadedModel old = HfCheckpoint.Load(copy.Path, backend);

        Assert.Equal(JsonSerializer.Serialize(model.Spec), JsonSerializer.Serialize(old.Spec));
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Save_LoadedModel_WritesTheBytesOfTransformers(string folder)
    {
        using var target = new TemporaryFolder();
        using var backend = new CpuBackend();
        using LoadedModel model = HfCheckpoint.Load(folder, backend);
        bool isF32 = model.Config.String("dtype", model.Config.String("torch_dtype", "float32")) == "float32";

        HfCheckpoint.Save(target.File("saved"), model, new SaveOptions { Type = isF32 ? WeightType.F32 : WeightType.BF16 });

        using LoadedModel again = HfCheckpoint.Load(target.File("saved"), backend);
        Assert.Equal(ParameterHash.Of(model.Parameters), ParameterHash.Of(again.Parameters));
        Assert.Equal(JsonSerializer.Serialize(model.Config.Root), JsonSerializer.Serialize(again.Config.Root));
        foreach (string name in new[] { "model.safetensors", "generation_config.json", "tokenizer.json", "tokenizer_config.json" })
        {
            if (File.Exists(Path.Combine(folder, name)))
            {
                Assert.Equal(File.ReadAllBytes(Path.Combine(folder, name)), File.ReadAllBytes(target.File("saved", name)));
            }
        }
    }
}
