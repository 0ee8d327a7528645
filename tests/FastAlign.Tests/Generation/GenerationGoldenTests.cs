using System.Text.Json;
using FastAlign.Core;
using FastAlign.Cpu;
using FastAlign.IO.Checkpoints;
using FastAlign.IO.Safetensors;
using FastAlign.IO.Tokenizers;
using FastAlign.Models;

namespace FastAlign.Tests.Generation;

/// <summary>Greedy decoding and log-probs of the real model: transformers' figures, and the text that llama2.c publishes.</summary>
[Trait("Category", Goldens.Category)]
public sealed class GenerationGoldenTests : IDisposable
{
    /// <summary>Float32 limit of goldens/training/README.md on log-probs; logits have the limit of goldens/models/README.md.</summary>
    private const double LogProbLimit = 2e-5;

    private const double LogitLimit = 3e-5;

    private const int MaxLength = 256;

    private readonly CpuBackend _backend = new(2);
    private readonly LoadedModel _checkpoint;
    private readonly DecoderModel _model;

    public GenerationGoldenTests()
    {
        _checkpoint = HfCheckpoint.Load(Folder, _backend);
        _model = new DecoderModel(_checkpoint.Spec, _checkpoint.Parameters, MaxLength);
    }

    private static string Folder => Goldens.DataPath("stories260k", "hf");

    [Fact]
    public void Greedy_AllPromptsTogether_MatchesTransformers()
    {
        JsonElement index = GoldenJson.Load("training", "generation.json");
        using SafetensorsFile file = SafetensorsFile.Open(Goldens.Path("training", "generation.safetensors"));
        int[][] prompts = [.. Enumerable.Range(0, index.GetProperty("prompts").GetArrayLength()).Select(p => Ids(file, $"p{p}.prompt_ids"))];
        var options = new GenerationOptions { MaxNewTokens = index.GetProperty("max_new_tokens").GetInt32() };

        IReadOnlyList<Continuation> continuations = new Generator(_model).Generate(prompts, options);

        Assert.NotEmpty(prompts);
        for (int p = 0; p < prompts.Length; p++)
        {
            int[] expected = Ids(file, $"p{p}.new_ids");
            Assert.Equal(expected, continuations[p].Ids);
            Close(file.ReadFloat64($"p{p}.logp"), [.. continuations[p].LogProbs], LogProbLimit);
            Close(file.ReadFloat64($"p{p}.logits_first"), LastLogits(prompts[p]), LogitLimit);
            Close(file.ReadFloat64($"p{p}.logits_last"), LastLogits([.. prompts[p], .. expected[..^1]]), LogitLimit);
        }
    }

    [Fact]
    public void Greedy_TwoHundredTokensFromBos_GivesThePublishedText()
    {
        JsonElement golden = Golden().GetProperty("greedy");
        int[] prompt = Ints(golden.GetProperty("prompt_ids"));
        int[] expected = Ints(golden.GetProperty("next_ids"));

        Continuation continuation = new Generator(_model).Generate([prompt], new GenerationOptions { MaxNewTokens = expected.Length })[0];

        Assert.Equal(expected, continuation.Ids);
        string text = Tokenizer.Load(Folder).Decode([.. prompt, .. continuation.Ids], skipSpecialTokens: true);
        Assert.Equal(File.ReadAllText(Goldens.DataPath("stories260k", "golden_greedy_200.txt")).TrimEnd('\n'), text.TrimEnd('\n'));
    }

    [Fact]
    public void LogProbs_StoredSequences_MatchGolden()
    {
        JsonElement[] sequences = [.. Golden().GetProperty("sequences").EnumerateArray()];

        Assert.NotEmpty(sequences);
        foreach (JsonElement sequence in sequences)
        {
            int[] ids = Ints(sequence.GetProperty("ids"));
            double[] logits = LastLogits(ids);

            Close(sequence.GetProperty("token_logprobs").Numbers(), LogProbs(ids), LogProbLimit);
            Close(sequence.GetProperty("last_logits_first16").Numbers(), logits[..16], LogitLimit);
            Assert.Equal(sequence.GetProperty("last_argmax").GetInt32(), Array.IndexOf(logits, logits.Max()));
        }
    }

    public void Dispose()
    {
        _model.Dispose();
        _checkpoint.Dispose();
        _backend.Dispose();
    }

    private static JsonElement Golden()
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(Goldens.DataPath("stories260k", "hf", "golden_logprobs.json")));
        return json.RootElement.Clone();
    }

    private static int[] Ids(SafetensorsFile file, string name) => Array.ConvertAll(file.ReadInt64(name), id => (int)id);

    private static int[] Ints(JsonElement array) => [.. array.EnumerateArray().Select(e => e.GetInt32())];

    private static void Close(double[] expected, double[] actual, double limit)
    {
        double worst = ModelGolden.MaxDifference(expected, actual);
        Assert.True(worst <= limit, $"difference {worst:E2}, limit {limit:E0}");
    }

    private double[] LogProbs(int[] ids)
    {
        var builder = new TokenBatchBuilder();
        builder.ScoreFrom(builder.AddSegment(ids), 1);
        builder.EndSequence();
        using var arena = new Arena(_backend, 32 << 20);
        var batch = BatchTensors.Upload(builder.Build(), arena);
        Tensor hidden = _model.Forward(batch, ActivationMode.None, new DecoderActivations(), arena);
        double[] values = new double[ids.Length - 1];
        _backend.DownloadReal(new LogProbHead(_model).Forward(hidden, batch, HeadStatistics.None, arena).Outputs.LogProb, values);
        return values;
    }

    private double[] LastLogits(int[] ids)
    {
        var builder = new TokenBatchBuilder();
        builder.AddSegment(ids);
        builder.AddRow(ids.Length - 1, 0);
        builder.EndSequence();
        using var arena = new Arena(_backend, 32 << 20);
        var batch = BatchTensors.Upload(builder.Build(), arena);
        Tensor hidden = _model.Forward(batch, ActivationMode.None, new DecoderActivations(), arena);
        var head = new LogProbHead(_model);
        Tensor logits = arena.Take(new Shape(1, _model.Spec.Vocab));
        head.Logits(head.Normalize(hidden, arena).Normed, logits);
        double[] values = new double[_model.Spec.Vocab];
        _backend.DownloadReal(logits, values);
        return values;
    }
}
