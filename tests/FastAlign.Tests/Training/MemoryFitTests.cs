using FastAlign.Alignment;
using FastAlign.Core;

namespace FastAlign.Tests;

/// <summary>A run that its device cannot hold is refused with the change that would make it fit.</summary>
public sealed class MemoryFitTests
{
    private static readonly TrainingOptions Options = new() { BatchSize = 8, AccumulationSteps = 1 };

    [Fact]
    public void Check_PlanThatFits_Passes()
    {
        using var backend = new SmallBackend(Plan(Options).TotalBytes);

        MemoryFit.Check(Plan(Options), backend, Options, Plan);
    }

    [Fact]
    public void Check_RoomForAQuarterOfTheBatch_NamesIt()
    {
        using var backend = new SmallBackend(3_000_000);

        InputException refusal = Assert.Throws<InputException>(() => MemoryFit.Check(Plan(Options), backend, Options, Plan));

        Assert.Contains("the run takes 18.0 MB (weights 1.0 MB, reference 1.0 MB", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("a small device has 3.0 MB", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("3.0 MB would do: gradient_checkpointing with per_device_train_batch_size 1 and gradient_accumulation_steps 8", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_RoomForNothing_SaysWhatTheReferenceTakes()
    {
        using var backend = new SmallBackend(2_000_000);

        InputException refusal = Assert.Throws<InputException>(() => MemoryFit.Check(Plan(Options), backend, Options, Plan));

        Assert.Contains("No batch fits; precompute_ref_log_probs saves 1.0 MB", refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>1 MB of weights and of reference; 2 MB of activations for each example, 1 MB where they are recomputed.</summary>
    private static MemoryPlan Plan(TrainingOptions options) => new()
    {
        WeightBytes = 1_000_000,
        ReferenceBytes = 1_000_000,
        GradientBytes = 0,
        MomentBytes = 0,
        TableBytes = 0,
        WorkspaceBytes = 0,
        ArenaBytes = options.BatchSize * (options.Activations == Models.ActivationMode.Recompute ? 1_000_000 : 2_000_000),
    };

    private sealed class SmallBackend(long capacity) : HostBackend
    {
        public override string Name => "a small device";

        public override string NumericsId => "none";

        public override IOps Ops => throw new NotSupportedException();

        public override long CapacityBytes => capacity;
    }
}
