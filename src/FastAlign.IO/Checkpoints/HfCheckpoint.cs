using System.Text.Json;
using FastAlign.Core;
using FastAlign.IO.Safetensors;
using FastAlign.IO.Tokenizers;
using FastAlign.Models;

namespace FastAlign.IO.Checkpoints;

/// <summary>
/// Model folders in the layout of Hugging Face transformers: <c>config.json</c>, <c>model.safetensors</c> or shards with an index,
/// <c>generation_config.json</c>, tokenizer files.
/// </summary>
public static class HfCheckpoint
{
    public const string ConfigName = "config.json";

    /// <summary>
    /// Loads a folder: a language model, or a reward model (<c>*ForSequenceClassification</c>, <c>*ForTokenClassification</c>). A reward model with tensors
    /// <c>score_hidden.*</c> has a hidden layer in its head: FastAlign's own, for transformers' classifiers are linear.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="backend">Where the weights go. F16 and BF16 widen exactly; F64 is rounded to F32.</param>
    /// <param name="storage">How matrices are kept. Anything but <see cref="WeightStorage.Single"/> is for models that are not trained.</param>
    /// <exception cref="InputException">
    /// The family is unknown; config and weights do not fit; a tensor is missing, unexpected, of another shape, or holds a NaN or an infinity.
    /// </exception>
    public static LoadedModel Load(string folder, Backend backend, WeightStorage storage = WeightStorage.Single)
    {
        HfConfig config = ReadConfig(folder);
        Architecture architecture = Architecture.Of(config);
        DecoderSpec spec = architecture.ReadSpec(config);
        using WeightFiles weights = WeightFiles.Open(folder);
        ScoreHeadSpec? score = ReadScore(config, weights);
        GenerationTokens tokens = GenerationTokens.Read(folder, config, spec.Vocab);
        IReadOnlyList<CheckpointTensor> tensors = architecture.Tensors(spec, score);
        IReadOnlyList<ParameterSpec> specs = DecoderParameters.Of(spec, score);
        HashSet<string> matrices = [.. specs.Where(static spec => spec.Decays).Select(static spec => spec.Name)];
        bool isBrainFloat = weights.AreBrainFloat(tensors.Where(tensor => matrices.Contains(tensor.Parameter)).Select(static tensor => tensor.Name));
        var parameters = new ParameterSet(backend, ParameterSpec.Store(specs, storage.IsBrainFloat(isBrainFloat, backend)));
        try
        {
            new WeightImport(config, spec, weights, parameters).Run(tensors);
        }
        catch
        {
            parameters.Dispose();
            throw;
        }

        return new LoadedModel(folder, config, spec, parameters, score, tokens) { IsBrainFloatInFile = isBrainFloat };
    }

    /// <summary>
    /// Writes a model in the same layout, loadable by transformers unless its score head has a hidden layer: all of the folder or nothing of it.
    /// </summary>
    /// <param name="folder">A new or empty folder, unless <see cref="SaveOptions.ReplacesModel"/>.</param>
    /// <param name="model">The model; its tokenizer files are copied from <see cref="LoadedModel.Folder"/> byte for byte.</param>
    /// <param name="options">Type, sharding.</param>
    /// <exception cref="InputException">The folder holds something else.</exception>
    /// <exception cref="RunException">Writing failed; what was there is as it was.</exception>
    public static void Save(string folder, LoadedModel model, SaveOptions? options = null) => new ModelExport(model, options ?? new SaveOptions()).Run(folder);

    private static HfConfig ReadConfig(string folder)
    {
        string path = Path.Combine(folder, ConfigName);
        if (!File.Exists(path))
        {
            throw new InputException($"{folder}: expected a model folder with {ConfigName}, found none");
        }

        using JsonDocument document = JsonFile.Parse(path);
        var config = new HfConfig(path, document.RootElement);
        return config.Has("quantization_config") ? throw config.Bad("quantization_config", "none: quantised weights are not read") : config;
    }

    private static ScoreHeadSpec? ReadScore(HfConfig config, WeightFiles weights)
    {
        const string Weight = "score.weight";
        const string HiddenWeight = "score_hidden.weight";
        string architecture = config.Strings("architectures") is [string first, ..] ? first : "";
        bool isScore = architecture.EndsWith("ForSequenceClassification", StringComparison.Ordinal)
            || architecture.EndsWith("ForTokenClassification", StringComparison.Ordinal);
        if (!isScore)
        {
            return null;
        }

        if (weights.Find(Weight) is null)
        {
            throw new InputException($"{weights.Folder}: {Weight}: expected for {architecture}, found no such tensor");
        }

        int labels = Rows(weights, Weight, "labels");
        if (config.Section("id2label") is { } names && names.Root.EnumerateObject().Count() != labels)
        {
            throw config.Bad("id2label", $"{labels} labels, the rows of {Weight}");
        }

        int hidden = weights.Find(HiddenWeight) is null ? 0 : Rows(weights, HiddenWeight, "units");
        return new ScoreHeadSpec(labels, weights.Find("score.bias") is not null, hidden);
    }

    private static int Rows(WeightFiles weights, string name, string rows)
    {
        SafetensorsFile file = weights.FileOf(name);
        return file[name].Shape is [> 0 and <= int.MaxValue, _]
            ? (int)file[name].Shape[0]
            : throw new InputException($"{file.Path}: {name}: expected shape [{rows}, hidden], found [{string.Join(", ", file[name].Shape)}]");
    }
}
