using System.Text.Json;
using FastAlign.Core;
using FastAlign.IO.Safetensors;
using FastAlign.IO.Tokenizers;

namespace FastAlign.IO.Checkpoints;

/// <summary>The tensors of a model folder, from one file or from shards with an index.</summary>
internal sealed class WeightFiles : IDisposable
{
    public const string SingleName = "model.safetensors";
    public const string IndexName = "model.safetensors.index.json";

    /// <summary>Prefixes that the base model of a family saves without: published gpt2 lacks <c>transformer.</c>.</summary>
    private static readonly string[] BasePrefixes = ["transformer.", "model."];

    /// <summary>Buffers that old versions of transformers saved and new ones compute.</summary>
    private static readonly string[] IgnoredSuffixes = [".attn.bias", ".attn.masked_bias", ".rotary_emb.inv_freq"];

    private readonly List<SafetensorsFile> _files = [];
    private readonly Dictionary<string, SafetensorsFile> _fileOf = new(StringComparer.Ordinal);

    private WeightFiles(string folder) => Folder = folder;

    public string Folder { get; }

    /// <summary>All tensor names, in ordinal order.</summary>
    public IEnumerable<string> Names => _fileOf.Keys.Order(StringComparer.Ordinal);

    public static WeightFiles Open(string folder)
    {
        var weights = new WeightFiles(folder);
        try
        {
            string single = Path.Combine(folder, SingleName);
            string index = Path.Combine(folder, IndexName);
            if (File.Exists(single))
            {
                weights.AddFile(single);
            }
            else if (File.Exists(index))
            {
                weights.AddShards(index);
            }
            else
            {
                throw new InputException($"{folder}: expected {SingleName} or {IndexName}, found neither");
            }

            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>The file's name of a tensor: as it is, or without the prefix of the base model; null if it has neither.</summary>
    public string? Find(string name)
    {
        if (_fileOf.ContainsKey(name))
        {
            return name;
        }

        string? prefix = BasePrefixes.FirstOrDefault(p => name.StartsWith(p, StringComparison.Ordinal));
        return prefix is not null && _fileOf.ContainsKey(name[prefix.Length..]) ? name[prefix.Length..] : null;
    }

    public SafetensorsFile FileOf(string name) => _fileOf[name];

    /// <summary>Whether the file has all of these tensors, as BF16.</summary>
    public bool AreBrainFloat(IEnumerable<string> names) =>
        names.All(name => Find(name) is { } found && FileOf(found)[found].Type == SafetensorsType.BF16);

    public static bool IsIgnored(string name) => IgnoredSuffixes.Any(suffix => name.EndsWith(suffix, StringComparison.Ordinal));

    public void Dispose()
    {
        foreach (SafetensorsFile file in _files)
        {
            file.Dispose();
        }
    }

    private void AddFile(string path)
    {
        SafetensorsFile file = SafetensorsFile.Open(path);
        _files.Add(file);
        foreach (SafetensorsEntry entry in file.Entries)
        {
            if (!_fileOf.TryAdd(entry.Name, file))
            {
                throw new InputException($"{path}: {entry.Name}: expected each tensor in one shard, found it in {Path.GetFileName(_fileOf[entry.Name].Path)} too");
            }
        }
    }

    private void AddShards(string index)
    {
        using JsonDocument document = JsonFile.Parse(index);
        if (document.RootElement.ValueKind != JsonValueKind.Object
            || !document.RootElement.TryGetProperty("weight_map", out JsonElement map) || map.ValueKind != JsonValueKind.Object)
        {
            throw new InputException($"{index}: weight_map: expected an object of tensor and file names, found none");
        }

        var fileNames = new SortedSet<string>(StringComparer.Ordinal);
        foreach (JsonProperty item in map.EnumerateObject())
        {
            string? fileName = item.Value.ValueKind == JsonValueKind.String ? item.Value.GetString() : null;
            if (string.IsNullOrEmpty(fileName) || fileName.AsSpan().IndexOfAny('/', '\\', '\0') >= 0 || fileName is "." or "..")
            {
                throw new InputException($"{index}: weight_map: {item.Name}: expected the name of a file beside the index, found {item.Value.GetRawText()}");
            }

            fileNames.Add(fileName);
        }

        foreach (string fileName in fileNames)
        {
            AddFile(Path.Combine(Folder, fileName));
        }

        CheckIndex(index, map);
    }

    private void CheckIndex(string index, JsonElement map)
    {
        foreach (JsonProperty item in map.EnumerateObject())
        {
            string fileName = item.Value.GetString()!;
            if (!_fileOf.TryGetValue(item.Name, out SafetensorsFile? file) || Path.GetFileName(file.Path) != fileName)
            {
                string found = file is null ? "it in no shard" : $"it in {Path.GetFileName(file.Path)}";
                throw new InputException($"{index}: {item.Name}: expected in {fileName}, found {found}");
            }
        }
    }
}
