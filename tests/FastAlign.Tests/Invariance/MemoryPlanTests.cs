using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.Cpu;
using FastAlign.Models;

namespace FastAlign.Tests.Invariance;

/// <summary>The plan made before the first step is the peak measured after the last, to the byte; only weights grow with the vocabulary.</summary>
public sealed class MemoryPlanTests
{
    private const int Examples = 7;
    private const int LongestTokens = 40;

    /// <summary>How the reference of a DPO run is had; none means SFT.</summary>
    public enum Reference
    {
        None,
        Frozen,
        Table,
    }

    public static IEnumerable<TheoryDataRow<string, ActivationMode, Reference, bool>> Runs() =>
        from kind in (string[])["rms-gated", "tied", "qk-norm", "layer-norm"]
        from mode in (ActivationMode[])[ActivationMode.Save, ActivationMode.Recompute]
        from reference in Enum.GetValues<Reference>()
        from hasEvaluation in (bool[])[false, true]
        select new TheoryDataRow<string, ActivationMode, Reference, bool>(kind, mode, reference, hasEvaluation);

    [Theory, MemberData(nameof(Runs))]
    public void Run_AnyOptions_PeaksAtThePlan(string kind, ActivationMode mode, Reference reference, bool hasEvaluation)
    {
        DecoderSpec spec = RandomDecoder.Spec(kind) with { MaxPositions = LongestTokens };
        using var backend = new CpuBackend(2);

        MemoryPlan plan = Train(spec, backend, mode, reference, hasEvaluation);

        Assert.Equal(plan.TotalBytes, backend.PeakBytes);
        Assert.Equal(0, backend.LiveBuffers);
        Assert.Equal(backend.WorkspaceBytes, backend.LiveBytes);
    }

    /// <summary>A reference of another shape, wide enough to take more scratch than the policy's saved activations do, or of fewer layers.</summary>
    [Theory, InlineData(1, 1), InlineData(1, 64), InlineData(3, 64)]
    public void Run_ReferenceOfAnotherShape_PeaksAtThePlan(int layers, int wider)
    {
        DecoderSpec spec = RandomDecoder.Spec("rms-gated") with { MaxPositions = LongestTokens };
        using var backend = new CpuBackend(2);
        DecoderSpec other = spec with { Layers = layers, Ffn = wider * spec.Ffn };
        MemoryPlan plan;
        using (ParameterSet frozen = RandomDecoder.Weights(other, backend, 2))
        using (var reference = new DecoderModel(other, frozen, LongestTokens))
        using (ParameterSet weights = RandomDecoder.Weights(spec, backend, 1))
        {
            TrainingTask task = Task(Reference.Frozen, reference);
            using var trainer = new Trainer(spec, weights, LongestTokens, task, task, Options(ActivationMode.Recompute));
            trainer.Run(new Silent());
            plan = trainer.Plan;
        }

        Assert.Equal(plan.TotalBytes, backend.PeakBytes);
        Assert.Equal(0, backend.LiveBuffers);
    }

    /// <remarks>At 128 256 words the logits of the largest micro-batch alone would take 15 MB; the whole arena is a fraction of that.</remarks>
    [Fact]
    public void Run_VocabularyOf128256_PeaksAtThePlan()
    {
        DecoderSpec spec = RandomDecoder.Spec("rms-gated") with { MaxPositions = LongestTokens, Vocab = 128_256 };
        using var backend = new CpuBackend(2);

        MemoryPlan plan = Train(spec, backend, ActivationMode.Save, Reference.Frozen, hasEvaluation: false);

        Assert.Equal(plan.TotalBytes, backend.PeakBytes);
        Assert.True(plan.ArenaBytes < 1 << 20, $"{plan.ArenaBytes} bytes of activations");
    }

    [Theory, InlineData(Reference.None), InlineData(Reference.Frozen), InlineData(Reference.Table)]
    public void Plan_VocabularyOf128256_DiffersInWeightsOnly(Reference reference)
    {
        MemoryPlan small = Plan(512, reference);
        MemoryPlan large = Plan(128_256, reference);

        Assert.Equal(small.ArenaBytes, large.ArenaBytes);
        Assert.Equal(small.WorkspaceBytes, large.WorkspaceBytes);
        Assert.Equal(small.TableBytes, large.TableBytes);
        Assert.Equal(small.TotalBytes - (Sets(reference) * small.WeightBytes), large.TotalBytes - (Sets(reference) * large.WeightBytes));
        Assert.True(large.WeightBytes > 100 * small.WeightBytes);
    }

    [Fact]
    public void Plan_RecomputedActivations_TakesLessThanSaved()
    {
        DecoderSpec spec = RandomDecoder.Spec("rms-gated") with { MaxPositions = LongestTokens, Layers = 6 };
        using var backend = new CpuBackend(1);
        IReadOnlyList<ParameterSpec> parameters = DecoderParameters.Of(spec);
        TrainingTask task = Task(Reference.None, null);

        MemoryPlan saved = MemoryPlan.Of(spec, parameters, LongestTokens, backend, task, null, Options(ActivationMode.Save));
        MemoryPlan recomputed = MemoryPlan.Of(spec, parameters, LongestTokens, backend, task, null, Options(ActivationMode.Recompute));

        Assert.True(2 * recomputed.ArenaBytes < saved.ArenaBytes, $"{recomputed.ArenaBytes} of {saved.ArenaBytes} bytes");
    }

    private static MemoryPlan Train(DecoderSpec spec, CpuBackend backend, ActivationMode mode, Reference reference, bool hasEvaluation)
    {
        using ParameterSet weights = RandomDecoder.Weights(spec, backend, 1);
        using ParameterSet? frozen = reference == Reference.Frozen ? weights.Clone() : null;
        using DecoderModel? other = frozen is null ? null : new DecoderModel(spec, frozen, LongestTokens);
        TrainingTask task = Task(reference, other);
        using var trainer = new Trainer(spec, weights, LongestTokens, task, hasEvaluation ? task : null, Options(mode));
        trainer.Run(new Silent());
        return trainer.Plan;
    }

    private static MemoryPlan Plan(int vocab, Reference reference)
    {
        DecoderSpec spec = RandomDecoder.Spec("rms-gated") with { MaxPositions = LongestTokens, Vocab = vocab, IsHeadTied = true };
        using var backend = new CpuBackend(2);
        using var planned = new NullBackend(backend);
        using var weights = new ParameterSet(planned, DecoderParameters.Of(spec));
        using var frozen = new DecoderModel(spec, weights, LongestTokens);
        return MemoryPlan.Of(spec, weights.Specs, LongestTokens, backend, Task(reference, frozen), null, Options(ActivationMode.Save));
    }

    /// <summary>Parameter sets in memory: weights, gradients, two moments, and the frozen reference.</summary>
    private static int Sets(Reference reference) => reference == Reference.Frozen ? 5 : 4;

    private static TrainingTask Task(Reference reference, DecoderModel? frozen)
    {
        if (reference == Reference.None)
        {
            var sequences = new SftExample[Examples];
            for (int i = 0; i < sequences.Length; i++)
            {
                int[] ids = RandomDecoder.Ids(5 + (i * 11 % 23), i);
                sequences[i] = new SftExample(i, ids, ids, []);
            }

            return new TrainingTask(new SequenceData(sequences), TokenLoss.Nll());
        }

        var pairs = new PreferenceExample[Examples];
        for (int i = 0; i < pairs.Length; i++)
        {
            // Long prompts beside short completions and the reverse: the most tokens and the most scored rows are not in one micro-batch.
            pairs[i] = new PreferenceExample(i, RandomDecoder.Ids(1 + (i * 13 % 20), i), RandomDecoder.Ids(3 + (i * 7 % 15), i + 50), RandomDecoder.Ids(2 + (i * 5 % 11), i + 90));
        }

        IReferenceLogProbs table = new ReferenceTable([.. pairs.Select(p => new double[p.Chosen.Length + p.Rejected.Length])]);
        return new TrainingTask(
            new PreferenceData(pairs), PairLosses.Dpo(new DpoOptions()), reference == Reference.Frozen ? new FrozenReference(frozen!) : table);
    }

    private static TrainingOptions Options(ActivationMode mode) =>
        new() { BatchSize = 2, AccumulationSteps = 2, Epochs = 2, Activations = mode, EvalSteps = 2 };

    private sealed class Silent : ITrainingObserver
    {
        public void OnStep(TrainingReport report)
        {
        }

        public void OnEvaluation(TrainingReport report)
        {
        }

        public void OnCheckpoint(Trainer trainer)
        {
        }
    }
}
