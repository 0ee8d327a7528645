using FastAlign.Alignment;
using FastAlign.Cpu;
using FastAlign.Models;

namespace FastAlign.Tests.Invariance;

/// <summary>A step with a prebuilt batch allocates no managed memory once the first has passed.</summary>
[Collection(AloneCollection.Name)]
public sealed class AllocationTests
{
    /// <summary>Enough for the runtime to have compiled every loop for good; background compilation allocates too.</summary>
    private const int WarmUpSteps = 60;

    private const int Steps = 20;

    public static IEnumerable<TheoryDataRow<string>> Kinds() => RandomDecoder.Kinds.Select(kind => new TheoryDataRow<string>(kind));

    [Theory, MemberData(nameof(Kinds))]
    public void Step_OneThread_AllocatesNothing(string kind) => AssertAllocatesNothing(new Bench(kind, 1));

    /// <summary>A reference whose weights are stored as BF16.</summary>
    [Theory, MemberData(nameof(Kinds))]
    public void Step_BrainFloatReference_AllocatesNothing(string kind) => AssertAllocatesNothing(new Bench(kind, 1, isReferenceBrainFloat: true));

    /// <summary>Scratch of the hidden layer lies on the arena.</summary>
    [Fact]
    public void Step_RewardHeadWithAHiddenLayer_AllocatesNothing() => AssertAllocatesNothing(new Bench("rms-gated", 1, headHidden: 5));

    [Fact]
    public void Step_TwoThreads_AllocatesNothingInTheProcess()
    {
        using var bench = new Bench("rms-gated", 2);
        bench.Run(WarmUpSteps);

        // The test runner may report in the background; the steps allocate nothing if any of a few measurements is clean.
        long least = long.MaxValue;
        for (int attempt = 0; attempt < 5 && least > 0; attempt++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            bench.Run(Steps);
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        Assert.Equal(0, least);
    }

    private static void AssertAllocatesNothing(Bench made)
    {
        using Bench bench = made;
        bench.Run(2);
        long before = GC.GetAllocatedBytesForCurrentThread();

        bench.Run(Steps);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    /// <summary>Everything a step needs, made beforehand.</summary>
    private sealed class Bench : IDisposable
    {
        private readonly CpuBackend _backend;
        private readonly ParameterSet _weights;
        private readonly ParameterSet _frozen;
        private readonly ParameterSet _gradients;
        private readonly DecoderModel _model;
        private readonly DecoderModel _reference;
        private readonly TrainingPass _pass;
        private readonly AdamW _optimizer;
        private readonly TrainingTask _task;
        private readonly TokenBatch _batch;
        private readonly int[] _examples = [0, 1, 2];
        private readonly StepCounts _counts;
        private readonly MetricAccumulator _metrics = new(MetricAveraging.MicroBatches);

        /// <param name="kind">Of <see cref="RandomDecoder.Kinds"/>.</param>
        /// <param name="threads">Of the backend.</param>
        /// <param name="headHidden">Units of the hidden layer of a reward head; 0 for DPO on a language model.</param>
        /// <param name="isReferenceBrainFloat">How the weights of DPO's reference are stored.</param>
        public Bench(string kind, int threads, int headHidden = 0, bool isReferenceBrainFloat = false)
        {
            DecoderSpec spec = RandomDecoder.Spec(kind);
            _backend = new CpuBackend(threads);
            _weights = RandomDecoder.Weights(spec, _backend, 1, labels: headHidden > 0 ? 1 : 0, headHidden);
            _frozen = _weights.Clone(isReferenceBrainFloat);
            _gradients = _weights.ZerosLike();
            _model = new DecoderModel(spec, _weights, RandomDecoder.Positions);
            _reference = new DecoderModel(spec, _frozen, RandomDecoder.Positions);
            _pass = new TrainingPass(_model, new DecoderGradients(spec, _gradients), ActivationMode.Save, 1 << 22);
            _optimizer = new AdamW(_weights, new AdamWOptions { WeightDecay = 0.01 });
            PreferenceExample[] pairs = RandomDecoder.Pairs(_examples.Length);
            ITrainingData data = headHidden > 0 ? new JudgedData([.. pairs.Select(Judged)]) : new PreferenceData(pairs);
            _task = headHidden > 0
                ? new TrainingTask(data, RewardLosses.Create("bradley_terry", new RewardOptions()))
                : new TrainingTask(data, PairLosses.Dpo(new DpoOptions()), new FrozenReference(_reference));
            _batch = data.Build(_examples);
            _counts = data.Counts(_examples);
        }

        public void Run(int steps)
        {
            for (int i = 0; i < steps; i++)
            {
                _metrics.Reset();
                _backend.Ops.Fill(_gradients.All, 0);
                _pass.Train(_task, _batch, _examples, _counts, _metrics);
                double norm = GradientClip.Norm(_gradients);
                _optimizer.Step(_weights, _gradients, 1e-4, GradientClip.Coefficient(norm, 1));
            }
        }

        public void Dispose()
        {
            _optimizer.Dispose();
            _pass.Dispose();
            _reference.Dispose();
            _model.Dispose();
            _gradients.Dispose();
            _frozen.Dispose();
            _weights.Dispose();
            Assert.Equal(0, _backend.LiveBuffers);
            _backend.Dispose();
        }

        private static JudgedExample Judged(PreferenceExample pair) =>
            new(pair.Row, pair.Prompt, [pair.Chosen, pair.Rejected], [pair.Chosen.Length - 1, pair.Rejected.Length - 1]);
    }
}
