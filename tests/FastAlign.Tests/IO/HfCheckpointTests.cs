using System.Text.Json.Nodes;
using FastAlign.Core;
using FastAlign.Cpu;
using FastAlign.IO.Checkpoints;
using FastAlign.IO.Safetensors;
using FastAlign.Models;
using Xunit;

namespace FastAlign.Tests.IO;

public sealed class HfCheckpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CpuBackend _backend = new();

    public void Dispose()
    {
        _backend.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(TinyModel.Llama)]
    [InlineData(TinyModel.Gpt2)]
    public void SaveLoad_F32_IsBitEqual(string json)
    {
        using LoadedModel model = TinyModel.Create(_backend, _folder.Path, json);
        HfCheckpoint.Save(_folder.File("saved"), model);
        using LoadedModel again = HfCheckpoint.Load(_folder.File("saved"), _backend);

        Assert.Equal(ParameterHash.Of(model.Parameters), ParameterHash.Of(again.Parameters));
        Assert.Equal("float32", again.Config.String(json == TinyModel.Llama ? "torch_dtype" : "dtype"));
    }

    [Theory]
    [InlineData(TinyModel.Llama)]
    [InlineData(TinyModel.Gpt2)]
    public void SaveLoad_ManyShards_IsBitEqual(string json)
    {
        using LoadedModel model = TinyModel.Create(_backend, _folder.Path, json);
        HfCheckpoint.Save(_folder.File("saved"), model, new SaveOptions { ShardBytes = 1000 });
        using LoadedModel again = HfCheckpoint.Load(_folder.File("saved"), _backend);

        Assert.True(Directory.GetFiles(_folder.File("saved"), "model-*-of-*.safetensors").Length > 2);
        Assert.Equal(ParameterHash.Of(model.Parameters), ParameterHash.Of(again.Parameters));
    }

    [Theory]
    [InlineData(TinyModel.Llama, ScoreHeadKind.SequenceClassification)]
    [InlineData(TinyModel.Gpt2, ScoreHeadKind.TokenClassification)]
    public void SaveLoad_HeadWithAHiddenLayer_IsBitEqual(string json, ScoreHeadKind kind)
    {
        using LoadedModel model = NewScoreHead.Attach(TinyModel.Create(_backend, _folder.Path, json), 3, kind, seed: 1, hidden: 5);
        TinyModel.Fill(model.Parameters, 2);
        HfCheckpoint.Save(_folder.File("saved"), model);
        using LoadedModel again = HfCheckpoint.Load(_folder.File("saved"), _backend);

        Assert.Equal(new ScoreHeadSpec(3, kind == ScoreHeadKind.TokenClassification, 5), again.Score);
        Assert.Equal(ParameterHash.Of(model.Parameters), ParameterHash.Of(again.Parameters));
    }

    [Fact]
    public void Load_FaultyHiddenLayerOfAHead_IsNamed()
    {
        string path = _folder.File("saved");
        using (LoadedModel model = NewScoreHead.Attach(TinyModel.Create(_backend, _folder.Path), 1, ScoreHeadKind.SequenceClassification, seed: 1, hidden: 5))
        {
            HfCheckpoint.Save(path, model);
        }

        AssertRejected(path, "score_hidden.bias: expected this tensor", () =>
            TinyModel.Rewrite(path, name => name == "score_hidden.bias" ? null : name));
        AssertRejected(path, "score_hidden.bias: expected shape [5]", () =>
            TinyModel.Rewrite(path, name => name, null, ("score_hidden.bias", [1, 2, 3])));
        AssertRejected(path, "score_hidden.weight: expected shape [units, hidden], found [1]", () =>
            TinyModel.Rewrite(path, name => name == "score_hidden.weight" ? null : name, null, ("score_hidden.weight", [1])));
    }

    [Fact]
    public void Save_BF16_RoundsToNearestEven()
    {
        string path = TinyModel.Save(_folder, _backend, options: new SaveOptions { Type = WeightType.BF16 });
        using LoadedModel model = TinyModel.Create(_backend, _folder.Path);
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(path, "model.safetensors"));
        float[] exact = new float[8];
        _backend.Download(model.Parameters["norm.weight"], exact.AsSpan());

        float[] rounded = file.ReadFloat32("model.norm.weight");

        for (int i = 0; i < exact.Length; i++)
        {
            // BF16 has 8 significant bits: half a unit in the last place is at most 2^-9 of the value.
            Assert.InRange(Math.Abs(rounded[i] - exact[i]), float.Epsilon, Math.Abs(exact[i]) / 256);
        }
    }

    [Fact]
    public void Load_GenerationTokens_AreRead()
    {
        string path = TinyModel.Save(_folder, _backend);
        using LoadedModel model = HfCheckpoint.Load(path, _backend);
        File.WriteAllText(Path.Combine(path, "generation_config.json"), """{"eos_token_id":7}""");
        using LoadedModel other = HfCheckpoint.Load(path, _backend);

        Assert.Equal([2, 3], model.Tokens.End);
        Assert.Equal(1, model.Tokens.Begin);
        Assert.Null(model.Tokens.Pad);
        Assert.Equal([7], other.Tokens.End);
        Assert.Equal(1, other.Tokens.Begin);
    }

    [Fact]
    public void Load_NamesWithoutPrefixAndOldBuffers_AreAccepted()
    {
        string path = TinyModel.Save(_folder, _backend, TinyModel.Gpt2);
        using LoadedModel model = HfCheckpoint.Load(path, _backend);
        TinyModel.Rewrite(path, name => name["transformer.".Length..], null, ("h.0.attn.bias", [1]), ("h.0.attn.masked_bias", [float.NegativeInfinity]));
        using LoadedModel published = HfCheckpoint.Load(path, _backend);

        Assert.Equal(ParameterHash.Of(model.Parameters), ParameterHash.Of(published.Parameters));
    }

    [Fact]
    public void Load_FaultyTensors_AreNamed()
    {
        string path = TinyModel.Save(_folder, _backend);
        AssertRejected(path, "lm_head.weight: expected the values of model.embed_tokens.weight", () =>
            TinyModel.Rewrite(path, name => name, null, ("lm_head.weight", [1])));
        AssertRejected(path, "surprise: expected only tensors of a llama", () =>
            TinyModel.Rewrite(path, name => name == "lm_head.weight" ? "surprise" : name));
        AssertRejected(path, "model.layers.1.mlp.up_proj.weight: expected finite weights, found NaN at element 95", () =>
            TinyModel.Rewrite(path, name => name == "surprise" ? null : name, (name, values) => values[^1] = name.EndsWith("1.mlp.up_proj.weight", StringComparison.Ordinal) ? float.NaN : values[^1]));
        AssertRejected(path, "model.norm.weight: expected this tensor", () =>
            TinyModel.Rewrite(path, name => name == "model.norm.weight" ? null : name));
    }

    [Theory]
    [InlineData("vocab_size", "12", "model.embed_tokens.weight: expected shape [12, 8]", "(vocab_size 12), found [11, 8]")]
    [InlineData("intermediate_size", "13", "mlp.gate_proj.weight: expected shape [13, 8]", "found [12, 8]")]
    [InlineData("num_hidden_layers", "3", "model.layers.2.input_layernorm.weight: expected this tensor", "")]
    [InlineData("num_hidden_layers", "1", "model.layers.1.input_layernorm.weight: expected only tensors", "")]
    [InlineData("model_type", "\"mamba\"", "model_type: expected one of llama", "mamba")]
    [InlineData("eos_token_id", "11", "eos_token_id: expected token ids below the vocabulary of 11", "found 11")]
    [InlineData("quantization_config", "{}", "quantization_config: expected none", "")]
    [InlineData("architectures", "[\"LlamaForSequenceClassification\"]", "score.weight: expected for LlamaForSequenceClassification", "")]
    public void Load_ConfigThatDoesNotFit_NamesKeyOrTensor(string key, string value, string expected, string found)
    {
        string path = TinyModel.Save(_folder, _backend, edit: config => config[key] = JsonNode.Parse(value));

        InputException error = Assert.Throws<InputException>(() => HfCheckpoint.Load(path, _backend));

        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains(found, error.Message, StringComparison.Ordinal);
        Assert.Equal(0, _backend.LiveBuffers);
    }

    [Theory]
    [InlineData("{", "broken JSON")]
    [InlineData("[]", "weight_map: expected an object")]
    [InlineData("""{"weight_map":{"a":"../model.safetensors"}}""", "a: expected the name of a file beside the index")]
    [InlineData("""{"weight_map":{"a":"gone.safetensors"}}""", "gone.safetensors: cannot be read")]
    [InlineData("""{"weight_map":{"a":"part.safetensors"}}""", "a: expected in part.safetensors, found it in no shard")]
    public void Load_FaultyIndex_SaysWhat(string index, string expected)
    {
        string path = TinyModel.Save(_folder, _backend);
        File.Move(Path.Combine(path, "model.safetensors"), Path.Combine(path, "part.safetensors"));
        File.WriteAllText(Path.Combine(path, "model.safetensors.index.json"), index);

        InputException error = Assert.Throws<InputException>(() => HfCheckpoint.Load(path, _backend));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Save_FolderInUse_IsRefusedUnlessAModelMayBeReplaced()
    {
        string path = TinyModel.Save(_folder, _backend);
        using LoadedModel model = TinyModel.Create(_backend, _folder.Path);
        Directory.CreateDirectory(_folder.File("mine"));
        File.WriteAllText(_folder.File("mine", "thesis.txt"), "");

        Assert.Throws<InputException>(() => HfCheckpoint.Save(path, model));
        Assert.Throws<InputException>(() => HfCheckpoint.Save(_folder.File("mine"), model, new SaveOptions { ReplacesModel = true }));
        HfCheckpoint.Save(path, model, new SaveOptions { ReplacesModel = true });

        Assert.True(File.Exists(_folder.File("mine", "thesis.txt")));
    }

    [Fact]
    public void Load_EmptyFolder_SaysWhatIsMissing()
    {
        Assert.Contains("expected a model folder with config.json", Assert.Throws<InputException>(() => HfCheckpoint.Load(_folder.Path, _backend)).Message, StringComparison.Ordinal);
    }

    private void AssertRejected(string path, string expected, Action damage)
    {
        damage();
        InputException error = Assert.Throws<InputException>(() => HfCheckpoint.Load(path, _backend));

        Assert.Contains(Path.Combine(path), error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }
}
