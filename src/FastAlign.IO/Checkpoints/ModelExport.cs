using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using FastAlign.Core;
using FastAlign.IO.Files;
using FastAlign.IO.Safetensors;
using FastAlign.Models;

namespace FastAlign.IO.Checkpoints;

/// <summary>Writes a model folder; block by block, so that memory does not grow with the model.</summary>
internal sealed class ModelExport(LoadedModel model, SaveOptions options)
{
    private const int BlockElements = 1 << 20;

    private static readonly string[] CopiedFiles =
    [
        GenerationTokens.FileName, "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "chat_template.jinja",
        "vocab.json", "merges.txt", "tokenizer.model",
    ];

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly SafetensorsType _type = options.Type == WeightType.BF16 ? SafetensorsType.BF16 : SafetensorsType.F32;

    public void Run(string folder)
    {
        bool isUsed = Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any();
        if (isUsed && !(options.ReplacesModel && File.Exists(Path.Combine(folder, HfCheckpoint.ConfigName))))
        {
            throw new InputException($"{folder}: expected a new or empty folder to save the model to, found files");
        }

        AtomicFolder.Write(folder, Fill);
    }

    private void Fill(string folder)
    {
        foreach (string name in CopiedFiles)
        {
            string source = Path.Combine(model.Folder, name);
            if (File.Exists(source))
            {
                File.Copy(source, Path.Combine(folder, name));
            }
        }

        WriteJson(Path.Combine(folder, HfCheckpoint.ConfigName), Config());
        WriteWeights(folder);
    }

    /// <summary>The config as it was read, with the type of the weights under the key that it used: <c>torch_dtype</c> before transformers 5, then <c>dtype</c>.</summary>
    private JsonObject Config()
    {
        JsonObject config = JsonObject.Create(model.Config.Root)!;
        string key = config.ContainsKey("torch_dtype") ? "torch_dtype" : "dtype";
        config[key] = options.Type == WeightType.BF16 ? "bfloat16" : "float32";
        return config;
    }

    private void WriteWeights(string folder)
    {
        IReadOnlyList<CheckpointTensor> tensors = Models.Architecture.Of(model.Config).Tensors(model.Spec, model.Score);
        List<List<SafetensorsTensor>> shards = Shards([.. tensors.Select(Tensor)]);
        if (shards.Count == 1)
        {
            WriteFile(Path.Combine(folder, WeightFiles.SingleName), shards[0]);
            return;
        }

        var map = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (int i = 0; i < shards.Count; i++)
        {
            string name = $"model-{i + 1:D5}-of-{shards.Count:D5}.safetensors";
            WriteFile(Path.Combine(folder, name), shards[i]);
            foreach (SafetensorsTensor tensor in shards[i])
            {
                map.Add(tensor.Name, name);
            }
        }

        long elements = shards.Sum(shard => shard.Sum(tensor => tensor.ByteLength / _type.Bytes()));
        WriteJson(Path.Combine(folder, WeightFiles.IndexName), new JsonObject
        {
            ["metadata"] = new JsonObject { ["total_parameters"] = elements, ["total_size"] = elements * _type.Bytes() },
            ["weight_map"] = new JsonObject(map.Select(item => KeyValuePair.Create(item.Key, (JsonNode?)item.Value))),
        });
    }

    /// <summary>Tensors in model order, a new shard wherever the next one would not fit.</summary>
    private List<List<SafetensorsTensor>> Shards(List<SafetensorsTensor> tensors)
    {
        var shards = new List<List<SafetensorsTensor>> { new() };
        long bytes = 0;
        foreach (SafetensorsTensor tensor in tensors)
        {
            if (bytes > 0 && bytes + tensor.ByteLength > options.ShardBytes)
            {
                shards.Add([]);
                bytes = 0;
            }

            shards[^1].Add(tensor);
            bytes += tensor.ByteLength;
        }

        return shards;
    }

    private SafetensorsTensor Tensor(CheckpointTensor tensor)
    {
        Shape shape = model.Parameters.ShapeOf(tensor);
        long[] sizes = [.. Enumerable.Range(0, shape.Rank).Select(i => (long)shape[i])];
        return new SafetensorsTensor(tensor.Name, _type, sizes, stream => WriteTensor(tensor, shape, stream));
    }

    private void WriteTensor(CheckpointTensor tensor, Shape shape, Stream stream)
    {
        int columns = (int)(shape.Length / tensor.Rows);
        int step = tensor.IsTransposed ? tensor.Rows : Math.Clamp(BlockElements / columns, 1, tensor.Rows);
        float[] values = new float[step * columns];
        ushort[] halves = _type == SafetensorsType.BF16 ? new ushort[values.Length] : [];
        for (int row = 0; row < tensor.Rows; row += step)
        {
            int rows = Math.Min(step, tensor.Rows - row);
            Span<float> block = values.AsSpan(0, rows * columns);
            model.Parameters.Export(tensor with { FirstRow = tensor.FirstRow + row, Rows = rows }, block);
            if (_type == SafetensorsType.BF16)
            {
                FloatConversion.ToBF16(block, halves);
                stream.Write(MemoryMarshal.AsBytes(halves.AsSpan(0, block.Length)));
            }
            else
            {
                stream.Write(MemoryMarshal.AsBytes(block));
            }
        }
    }

    private static void WriteFile(string path, List<SafetensorsTensor> tensors)
    {
        using FileStream stream = new(path, FileMode.CreateNew, FileAccess.Write);
        SafetensorsWriter.Write(stream, tensors);
    }

    private static void WriteJson(string path, JsonObject json) => File.WriteAllText(path, json.ToJsonString(Indented) + "\n");
}
