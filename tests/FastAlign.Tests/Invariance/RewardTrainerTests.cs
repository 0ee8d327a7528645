using FastAlign.Alignment;
using FastAlign.Cpu;
using FastAlign.Models;

namespace FastAlign.Tests.Invariance;

/// <summary>Training through the score head: the same bits however a step is cut, shared or run; the plan is the peak; a step allocates nothing.</summary>
[Collection(AloneCollection.Name)]
public sealed class RewardTrainerTests
{
    private const int Examples = 8;
    private const int Samples = 3;

    public static IEnumerable<TheoryDataRow<string>> Losses() => RewardLosses.Names.Select(name => new TheoryDataRow<string>(name));

    [Theory, MemberData(nameof(Losses))]
    public void Weights_AnyCutThreadsOrSharing_HaveTheSameBits(string loss)
    {
        float[] expected = Train(loss, 1, 4, 1);

        Assert.Equal(expected, Train(loss, 2, 2, 2));
        Assert.Equal(expected, Train(loss, 7, 1, 4));
        Assert.Equal(expected, Train(loss, 2, 4, 1, isPromptShared: false), (a, b) => IsClose(a, b));
    }

    [Theory, MemberData(nameof(Losses))]
    public void Run_AnyLoss_PeaksAtThePlan(string name)
    {
        using var backend = new CpuBackend(2);
        long planned = Run(name, backend, 2, 2, true, out _);

        Assert.Equal(planned, backend.PeakBytes);
        Assert.Equal(0, backend.LiveBuffers);
    }

    [Theory, MemberData(nameof(Losses))]
    public void Step_PrebuiltBatch_AllocatesNothing(string name)
    {
        DecoderSpec spec = RandomDecoder.Spec("rms-gated");
        using var backend = new CpuBackend(1);
        using ParameterSet weights = RandomDecoder.Weights(spec, backend, 1, RewardLosses.Labels(name));
        using ParameterSet gradients = weights.ZerosLike();
        using var model = new DecoderModel(spec, weights, RandomDecoder.Positions);
        using var pass = new TrainingPass(model, new DecoderGradients(spec, gradients), ActivationMode.Save, 1 << 22);
        TrainingTask task = Task(name, true);
        int[] examples = [0, 1, 2];
        TokenBatch batch = task.Data.Build(examples);
        StepCounts counts = task.Data.Counts(examples);
        var metrics = new MetricAccumulator(MetricAveraging.MicroBatches);
        void Step()
        {
            metrics.Reset();
            pass.Train(task, batch, examples, counts, metrics);
        }

        Step();
        Step();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Step();

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static float[] Train(string loss, int threads, int batchSize, int accumulation, bool isPromptShared = true)
    {
        using var backend = new CpuBackend(threads);
        Run(loss, backend, batchSize, accumulation, isPromptShared, out float[] weights);
        return weights;
    }

    /// <returns>Planned bytes.</returns>
    private static long Run(string name, CpuBackend backend, int batchSize, int accumulation, bool isPromptShared, out float[] trained)
    {
        DecoderSpec spec = RandomDecoder.Spec("rms-gated") with { MaxPositions = 40 };
        using ParameterSet weights = RandomDecoder.Weights(spec, backend, 1, RewardLosses.Labels(name));
        TrainingTask task = Task(name, isPromptShared);
        var options = new TrainingOptions { BatchSize = batchSize, AccumulationSteps = accumulation, MaxSteps = 4, LearningRate = 1e-3 };
        using var trainer = new Trainer(spec, weights, 40, task, null, options);
        for (int step = 0; step < options.MaxSteps; step++)
        {
            Assert.True(double.IsFinite(trainer.Step()["loss"]));
        }

        trained = new float[weights.All.Length];
        backend.Download<float>(weights.All, trained);
        return trainer.Plan.TotalBytes;
    }

    private static TrainingTask Task(string name, bool isPromptShared)
    {
        JudgedExample[] examples = [.. RandomDecoder.Pairs(Examples).Select(pair => new JudgedExample(
            pair.Row, pair.Prompt, [pair.Chosen, pair.Rejected], [pair.Chosen.Length - 1, pair.Rejected.Length - 1]) { Labels = [1, 0], Safe = [1, 0] })];
        var data = new JudgedData(examples, isPromptShared) { ContrastSamples = name == "goal_contrast" ? Samples : 0 };
        return new TrainingTask(data, RewardLosses.Create(name, new RewardOptions { ContrastSamples = Samples }));
    }

    /// <summary>Gradients of a prompt stored twice add up in another order: equal up to rounding, here of four AdamW steps of 1e-3.</summary>
    private static bool IsClose(float a, float b) => Math.Abs(a - b) <= 1e-4;
}
