using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.Cpu;
using FastAlign.IO.Checkpoints;
using FastAlign.Models;

namespace FastAlign.Tests.Invariance;

/// <summary>A checkpoint on a host backend of its own, and what one batch gives there, as bits.</summary>
internal sealed class HostModel : IDisposable
{
    /// <summary>The trained model of the real test data; all other names are families of goldens/models.</summary>
    public const string Stories = "stories260k";

    private const long ArenaBytes = 96L << 20;
    private const int MostPositions = 256;

    private readonly LoadedModel _checkpoint;
    private readonly Arena _arena;

    public HostModel(string name, int threads = 2)
    {
        Host = new CpuBackend(threads);
        _checkpoint = HfCheckpoint.Load(FolderOf(name), Host);
        Model = new DecoderModel(_checkpoint.Spec, _checkpoint.Parameters, Math.Min(MostPositions, _checkpoint.Spec.MaxPositions));
        _arena = new Arena(Host, ArenaBytes);
    }

    public CpuBackend Host { get; }

    public DecoderModel Model { get; }

    public DecoderSpec Spec => Model.Spec;

    public ParameterSet Parameters => Model.Parameters;

    /// <summary>The real model, and every tiny language model that the engine knows: sliding windows, query-key norm, learned positions, biases.</summary>
    public static IEnumerable<TheoryDataRow<string>> Models() =>
    [
        new TheoryDataRow<string>(Stories),
        .. ModelGolden.Families(c => c.EndsWith("ForCausalLM", StringComparison.Ordinal) || c.EndsWith("LMHeadModel", StringComparison.Ordinal), showsUnknown: false),
    ];

    /// <summary>Token ids drawn from stream <paramref name="stream"/>.</summary>
    public int[] Tokens(int length, int stream)
    {
        var philox = new Philox(31, RandomPurpose.Test, (ulong)stream);
        int[] ids = new int[length];
        for (int i = 0; i < length; i++)
        {
            ids[i] = philox.Integer((ulong)i, Spec.Vocab);
        }

        return ids;
    }

    /// <summary>Pairs of prompt and completions of uneven lengths that fit the model; together they cross a block of keys where it has the positions.</summary>
    public PreferenceExample[] Pairs(int count)
    {
        int longest = Math.Min(96, Model.MaxLength);
        var pairs = new PreferenceExample[count];
        for (int i = 0; i < count; i++)
        {
            int prompt = (longest / 2) + (i % 5);
            pairs[i] = new PreferenceExample(i, Tokens(prompt, 3 * i), Tokens(longest - prompt - (2 * i % 7), (3 * i) + 1), Tokens(3 + (5 * i % 17), (3 * i) + 2));
        }

        return pairs;
    }

    public ForwardBits Forward(TokenBatch batch, ActivationMode mode = ActivationMode.None)
    {
        _arena.Reset();
        var tensors = BatchTensors.Upload(batch, _arena);
        Tensor everyToken = BatchTensors.Upload([.. Enumerable.Range(0, batch.TokenCount)], _arena);
        int[] ofTokens = Bits(Model.Forward(tensors with { Sources = everyToken }, mode, new DecoderActivations(), _arena));
        Tensor hidden = Model.Forward(tensors, mode, new DecoderActivations(), _arena);
        int[] ofRows = [.. batch.Sources.ToArray().SelectMany(token => ofTokens[(token * Spec.Hidden)..((token + 1) * Spec.Hidden)])];
        Assert.Equal(ofRows, Bits(hidden));
        HeadActivations head = new LogProbHead(Model).Forward(hidden, tensors, HeadStatistics.Entropy | HeadStatistics.MeanLogit, _arena);
        return new ForwardBits(ofTokens, Bits(head.Outputs.LogProb), Bits(head.Outputs.Entropy), Bits(head.Outputs.MeanLogit), Spec.Hidden);
    }

    /// <summary>Gradients after a step's micro-batches, each a list of examples; the loss is normalised over all of them.</summary>
    public float[] Gradients(TrainingTask task, ActivationMode mode, params int[][] microBatches)
    {
        using ParameterSet gradients = Parameters.ZerosLike();
        Accumulate(task, mode, gradients, microBatches);
        return Download(gradients.All);
    }

    public void Accumulate(TrainingTask task, ActivationMode mode, ParameterSet gradients, params int[][] microBatches)
    {
        using var pass = new TrainingPass(Model, new DecoderGradients(Spec, gradients), mode, ArenaBytes);
        StepCounts counts = task.Data.Counts([.. microBatches.SelectMany(b => b)]);
        foreach (int[] batch in microBatches)
        {
            pass.Train(task, task.Data.Build(batch), batch, counts, new MetricAccumulator(MetricAveraging.MicroBatches));
        }
    }

    public static float[] Download(Tensor tensor)
    {
        float[] values = new float[tensor.Length];
        tensor.HostSpan<float>().CopyTo(values);
        return values;
    }

    public static int[] Bits(Tensor tensor) => Array.ConvertAll(Download(tensor), BitConverter.SingleToInt32Bits);

    public void Dispose()
    {
        _arena.Dispose();
        Model.Dispose();
        _checkpoint.Dispose();
        Host.Dispose();
    }

    private static string FolderOf(string name) => name == Stories ? Goldens.DataPath(Stories, "hf") : Goldens.Path("models", name);
}

/// <summary>What a forward pass computed, bit for bit.</summary>
/// <param name="Hidden">[N, C] residual stream.</param>
/// <param name="LogProb">[R]</param>
/// <param name="Entropy">[R]</param>
/// <param name="MeanLogit">[R]</param>
/// <param name="Width">C.</param>
internal sealed record ForwardBits(int[] Hidden, int[] LogProb, int[] Entropy, int[] MeanLogit, int Width)
{
    /// <summary>Token rows and scored rows by index, in the given order.</summary>
    public ForwardBits Select(IEnumerable<int> tokens, IEnumerable<int> rows)
    {
        int[] chosen = [.. rows];
        return new ForwardBits(
            [.. tokens.SelectMany(t => Hidden[(t * Width)..((t + 1) * Width)])],
            [.. chosen.Select(r => LogProb[r])],
            [.. chosen.Select(r => Entropy[r])],
            [.. chosen.Select(r => MeanLogit[r])],
            Width);
    }

    public static void AssertEqual(ForwardBits expected, ForwardBits actual)
    {
        Assert.Equal(expected.Hidden, actual.Hidden);
        Assert.Equal(expected.LogProb, actual.LogProb);
        Assert.Equal(expected.Entropy, actual.Entropy);
        Assert.Equal(expected.MeanLogit, actual.MeanLogit);
    }
}
