using FastAlign.Core;
using FastAlign.Cpu;
using FastAlign.IO.Checkpoints;
using FastAlign.Kernels.Conformance;
using FastAlign.Models;

namespace FastAlign.Tests;

/// <summary>Tiny Hugging Face checkpoints: hidden states, logits, log-probs, entropies, all gradients, greedy decoding.</summary>
[Trait("Category", Goldens.Category)]
public sealed class GoldenModelTests
{
    // Limits of goldens/models/README.md. In float64 the F64 fields agree to 1e-11 (1e-12 is the README's figure for a single pass; gradients sum two
    // sequences), the F32 fields to the rounding of their file.
    internal static readonly Limits Float32 = new(3e-5, 3e-5, 2e-5);
    private static readonly Limits Float64 = new(1e-11, 1e-6, 1e-6);

    public static IEnumerable<TheoryDataRow<string>> AllLanguageModels() => ModelGolden.Families(IsLanguageModel, showsUnknown: true);

    public static IEnumerable<TheoryDataRow<string>> LanguageModels() => ModelGolden.Families(IsLanguageModel, showsUnknown: false);

    [Theory, MemberData(nameof(AllLanguageModels))]
    public void ForwardAndBackward_ReferenceBackend_MatchGolden(string family)
    {
        using var backend = new ReferenceBackend();
        Compare(family, backend, Float64, ActivationMode.Save);
    }

    [Theory, MemberData(nameof(LanguageModels))]
    public void ForwardAndBackward_HostBackend_MatchGolden(string family)
    {
        using var backend = new CpuBackend(2);
        Compare(family, backend, Float32, ActivationMode.Save);
    }

    [Theory, MemberData(nameof(LanguageModels))]
    public void ForwardAndBackward_RecomputedOnHost_MatchGolden(string family)
    {
        using var backend = new CpuBackend(2);
        Compare(family, backend, Float32, ActivationMode.Recompute);
    }

    [Theory, MemberData(nameof(LanguageModels))]
    public void Greedy_HostBackend_MatchesGolden(string family)
    {
        using var backend = new CpuBackend(2);
        CompareGreedy(family, backend);
    }

    [Theory, MemberData(nameof(LanguageModels))]
    public void OldConfig_GivesTheSameSpec(string family)
    {
        string old = Goldens.Path("models", family, "config.v4.json");
        Assert.SkipUnless(File.Exists(old), $"{family} has no config.v4.json (same keys in both versions)");

        DecoderSpec expected = Spec(Goldens.Path("models", family, "config.json"));
        DecoderSpec actual = Spec(old);

        Assert.Equal(expected.Rotary?.InverseFrequencies, actual.Rotary?.InverseFrequencies);
        Assert.Equal(expected.Windows, actual.Windows);
        Assert.Equal(expected with { Rotary = null, Windows = null }, actual with { Rotary = null, Windows = null });
    }

    private static bool IsLanguageModel(string modelClass) =>
        modelClass.EndsWith("ForCausalLM", StringComparison.Ordinal) || modelClass.EndsWith("LMHeadModel", StringComparison.Ordinal);

    private static DecoderSpec Spec(string path)
    {
        using var json = System.Text.Json.JsonDocument.Parse(File.ReadAllText(path));
        var config = new HfConfig(path, json.RootElement);
        return Architecture.Of(config).ReadSpec(config);
    }

    /// <summary>Greedy continuation with a cache: ids, and their log-probs within the F32 limit.</summary>
    internal static void CompareGreedy(string family, Backend backend)
    {
        using var golden = new ModelGolden(family);
        using LoadedModel checkpoint = HfCheckpoint.Load(golden.Folder, backend);
        int[] prompt = golden.Ids("greedy_prompt");
        int[] expected = golden.Ids("greedy_ids");
        using var model = new DecoderModel(checkpoint.Spec, checkpoint.Parameters, prompt.Length + expected.Length);

        Continuation continuation = new Generator(model).Generate([prompt], new GenerationOptions { MaxNewTokens = expected.Length })[0];

        Assert.Equal(expected, continuation.Ids);
        Assert.True(ModelGolden.MaxDifference(golden.Reals("greedy_logp"), [.. continuation.LogProbs]) < Float32.Value);
    }

    /// <summary>Every field and gradient of a golden model on a backend.</summary>
    internal static void Compare(string family, Backend backend, Limits limits, ActivationMode mode)
    {
        using var golden = new ModelGolden(family);
        using LoadedModel checkpoint = HfCheckpoint.Load(golden.Folder, backend);
        TokenBatch batch = golden.Batch();
        using var model = new DecoderModel(checkpoint.Spec, checkpoint.Parameters, batch.MaxLength);
        using var arena = new Arena(backend, 64 << 20);
        using ParameterSet gradients = checkpoint.Parameters.ZerosLike();
        var dw = new DecoderGradients(checkpoint.Spec, gradients);
        var run = new GoldenRun(golden, model, arena, batch, limits);

        run.CompareForward(mode);
        run.CompareGradients(Architecture.Of(checkpoint.Config).Tensors(checkpoint.Spec, checkpoint.Score), dw, "dlogp", "grad.");
        backend.Ops.Fill(gradients.All, 0);
        run.CompareForward(mode);
        run.CompareGradients(Architecture.Of(checkpoint.Config).Tensors(checkpoint.Spec, checkpoint.Score), dw, "dentropy", "grad_entropy.");
    }
}

/// <summary>Largest differences allowed.</summary>
/// <param name="Value">Of log-probs and entropies (F64 fields).</param>
/// <param name="Stored">Of logits and hidden states (F32 fields).</param>
/// <param name="Gradient">Of gradients, relative to the larger of the tensor's largest entry and 1 % of the model's.</param>
internal sealed record Limits(double Value, double Stored, double Gradient);
