using FastAlign.Core;
using FastAlign.Gpu;
using FastAlign.IO.Checkpoints;
using FastAlign.Models;
using FastAlign.Tests.Invariance;
using Xunit;

namespace FastAlign.Tests.Gpu;

/// <summary>Whole models on a device: the golden checkpoints within the limits of float32, and log-probs recorded while decoding, bit for bit.</summary>
[Collection(DeviceCollection.Name)]
[Trait("Category", Goldens.Category)]
public sealed class DeviceModelTests(TestDevices devices)
{
    private const int NewTokens = 5;
    private const int MostPositions = 128;
    private const long ArenaBytes = 64L << 20;

    public static IEnumerable<TheoryDataRow<string>> Families() => GoldenModelTests.LanguageModels();

    public static IEnumerable<TheoryDataRow<string>> Models() => HostModel.Models();

    [Theory, MemberData(nameof(Families))]
    public void ForwardAndBackward_OpenCL_MatchGolden(string family)
    {
        DeviceBackend backend = devices.Open(TestDevices.OpenCL);

        GoldenModelTests.Compare(family, backend, GoldenModelTests.Float32, ActivationMode.Save);

        Assert.Equal(0, backend.LiveBuffers);
    }

    [Theory, MemberData(nameof(Families))]
    public void Greedy_OpenCL_MatchesGolden(string family) => GoldenModelTests.CompareGreedy(family, devices.Open(TestDevices.OpenCL));

    [Theory, MemberData(nameof(Models))]
    public void Decode_SeveralPromptsAndSamples_RecordsTheTrainingLogProbs(string name)
    {
        DeviceBackend backend = devices.Open(TestDevices.OpenCL);
        using LoadedModel checkpoint = HfCheckpoint.Load(name == HostModel.Stories ? Goldens.DataPath(name, "hf") : Goldens.Path("models", name), backend);
        using var model = new DecoderModel(checkpoint.Spec, checkpoint.Parameters, Math.Min(MostPositions, checkpoint.Spec.MaxPositions));
        int longest = Math.Min(70, model.MaxLength - NewTokens);
        int[][] prompts = [Tokens(model, longest, 1), Tokens(model, 1, 2)];
        var options = new GenerationOptions { MaxNewTokens = NewTokens, SamplesPerPrompt = 2, Sampling = new SamplingOptions { Temperature = 1, Seed = 5 } };

        IReadOnlyList<Continuation> continuations = new Generator(model).Generate(prompts, options);

        Assert.Equal(prompts.Length * 2, continuations.Count);
        using var arena = new Arena(backend, ArenaBytes);
        foreach (Continuation continuation in continuations)
        {
            float[] recorded = [.. continuation.LogProbs.Select(static p => (float)p)];
            Assert.Equal(TrainingLogProbs(model, arena, prompts[continuation.Prompt], continuation), recorded);
        }
    }

    [Theory, MemberData(nameof(Models))]
    public void Forward_SharedOrRepeatedPrompt_GivesTheSameBits(string name)
    {
        DeviceBackend backend = devices.Open(TestDevices.OpenCL);
        using LoadedModel checkpoint = HfCheckpoint.Load(name == HostModel.Stories ? Goldens.DataPath(name, "hf") : Goldens.Path("models", name), backend);
        using var model = new DecoderModel(checkpoint.Spec, checkpoint.Parameters, Math.Min(MostPositions, checkpoint.Spec.MaxPositions));
        using var arena = new Arena(backend, ArenaBytes);
        int prompt = Math.Min(67, model.MaxLength - 6);
        (int[] shared, int[] first, int[] second) = (Tokens(model, prompt, 1), Tokens(model, 5, 2), Tokens(model, 3, 3));
        var tree = new TokenBatchBuilder();
        int root = tree.AddSegment(shared);
        foreach (int[] completion in (int[][])[first, second])
        {
            tree.ScoreFrom(tree.AddSegment(completion, root), 0);
            tree.EndSequence();
        }

        var copies = new TokenBatchBuilder();
        foreach (int[] completion in (int[][])[first, second])
        {
            copies.ScoreFrom(copies.AddSegment([.. shared, .. completion]), prompt);
            copies.EndSequence();
        }

        Assert.Equal(LogProbs(model, arena, copies.Build()), LogProbs(model, arena, tree.Build()));
    }

    private static int[] Tokens(DecoderModel model, int length, int stream)
    {
        var philox = new Philox(31, RandomPurpose.Test, (ulong)stream);
        return [.. Enumerable.Range(0, length).Select(i => philox.Integer((ulong)i, model.Spec.Vocab))];
    }

    private static float[] TrainingLogProbs(DecoderModel model, Arena arena, int[] prompt, Continuation continuation)
    {
        var builder = new TokenBatchBuilder();
        builder.ScoreFrom(builder.AddSegment([.. prompt, .. continuation.Ids]), prompt.Length);
        builder.EndSequence();
        return LogProbs(model, arena, builder.Build());
    }

    private static float[] LogProbs(DecoderModel model, Arena arena, TokenBatch batch)
    {
        arena.Reset();
        var tensors = BatchTensors.Upload(batch, arena);
        Tensor hidden = model.Forward(tensors, ActivationMode.None, new DecoderActivations(), arena);
        HeadActivations head = new LogProbHead(model).Forward(hidden, tensors, HeadStatistics.None, arena);
        float[] logProbs = new float[batch.RowCount];
        model.Backend.Download<float>(head.Outputs.LogProb, logProbs);
        return logProbs;
    }
}
