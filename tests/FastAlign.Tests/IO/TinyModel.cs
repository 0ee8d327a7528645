using System.Text.Json;
using System.Text.Json.Nodes;
using FastAlign.Core;
using FastAlign.IO.Checkpoints;
using FastAlign.Models;

namespace FastAlign.Tests.IO;

/// <summary>A small Llama or GPT-2 with numbers of its own in every weight.</summary>
internal static class TinyModel
{
    public const string Llama = """
        {"architectures":["LlamaForCausalLM"],"model_type":"llama","hidden_size":8,"num_attention_heads":2,"num_key_value_heads":1,"intermediate_size":12,
        "num_hidden_layers":2,"vocab_size":11,"max_position_embeddings":16,"hidden_act":"silu","rms_norm_eps":1e-05,"tie_word_embeddings":true,
        "eos_token_id":[2,3],"bos_token_id":1,"torch_dtype":"bfloat16"}
        """;

    public const string Gpt2 = """
        {"architectures":["GPT2LMHeadModel"],"model_type":"gpt2","n_embd":8,"n_head":2,"n_layer":1,"vocab_size":11,"n_positions":16,
        "activation_function":"gelu_new","layer_norm_epsilon":1e-05}
        """;

    /// <summary>A model whose i-th number is a small function of i; <paramref name="folder"/> is where tokenizer files would lie.</summary>
    public static LoadedModel Create(Backend backend, string folder, string json = Llama)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        var config = new HfConfig("config.json", document.RootElement);
        DecoderSpec spec = Architecture.Of(config).ReadSpec(config);
        var parameters = new ParameterSet(backend, DecoderParameters.Of(spec));
        Fill(parameters, 1);
        return new LoadedModel(folder, config, spec, parameters, null, new GenerationTokens(1, [2, 3], null));
    }

    public static void Fill(ParameterSet set, int seed)
    {
        foreach (ParameterSpec spec in set.Specs)
        {
            double[] values = new double[spec.Shape.Length];
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = Math.Sin((++seed * 0.37) + 1e-9);
            }

            set.Backend.UploadReal(values, set[spec.Name]);
        }
    }

    /// <summary>Saves a tiny model and rewrites its config.</summary>
    public static string Save(TemporaryFolder folder, Backend backend, string json = Llama, Action<JsonObject>? edit = null, SaveOptions? options = null)
    {
        string path = folder.File($"model-{Directory.GetDirectories(folder.Path).Length}");
        using LoadedModel model = Create(backend, folder.Path, json);
        HfCheckpoint.Save(path, model, options);
        JsonObject config = JsonNode.Parse(File.ReadAllText(Path.Combine(path, "config.json")))!.AsObject();
        edit?.Invoke(config);
        File.WriteAllText(Path.Combine(path, "config.json"), config.ToJsonString());
        return path;
    }

    /// <summary>Rewrites the tensors of a saved model: rename, drop (null), change values.</summary>
    public static void Rewrite(string path, Func<string, string?> rename, Action<string, float[]>? change = null, params (string Name, float[] Values)[] added)
    {
        string file = Path.Combine(path, "model.safetensors");
        var tensors = new List<FastAlign.IO.Safetensors.SafetensorsTensor>();
        using (var source = FastAlign.IO.Safetensors.SafetensorsFile.Open(file))
        {
            foreach (FastAlign.IO.Safetensors.SafetensorsEntry entry in source.Entries)
            {
                if (rename(entry.Name) is { } name)
                {
                    float[] values = source.ReadFloat32(entry.Name);
                    change?.Invoke(entry.Name, values);
                    tensors.Add(Tensor(name, entry.Shape, values));
                }
            }
        }

        tensors.AddRange(added.Select(item => Tensor(item.Name, [item.Values.Length], item.Values)));
        FastAlign.IO.Safetensors.SafetensorsWriter.Write(file, tensors);
    }

    private static FastAlign.IO.Safetensors.SafetensorsTensor Tensor(string name, IReadOnlyList<long> shape, float[] values) =>
        new(name, FastAlign.IO.Safetensors.SafetensorsType.F32, shape, stream => stream.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan())));
}
