using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.Cpu;
using FastAlign.Kernels.Conformance;
using FastAlign.Models;
using FastAlign.Tests.Invariance;
using Xunit;

namespace FastAlign.Tests.Training;

/// <summary>Distillation through the trainer: the whole gradient, memory to the byte, bits that no thread and no cut changes.</summary>
[Collection(AloneCollection.Name)]
public sealed class DistillationTrainingTests
{
    private static readonly int[] All = [.. Enumerable.Range(0, DistillationSetup.Examples)];

    public static TheoryData<string> Losses => [.. DistillationSetup.Losses];

    public static TheoryData<string> Streamed => [.. DistillationSetup.Streamed];

    /// <summary>
    /// Along a random direction of all parameters, in double. Losses with a stop-gradient (sampled tokens, IW-OPD, MiniLLM's ratio) have no such
    /// derivative: their gradients are TRL's, see the goldens.
    /// </summary>
    [Theory]
    [InlineData("js")]
    [InlineData("forward-kl")]
    [InlineData("reverse-kl-hot")]
    [InlineData("top-k-tail")]
    [InlineData("top-k-union")]
    [InlineData("uld")]
    [InlineData("uld-hybrid")]
    public void Gradient_WholeModel_IsTheDerivative(string loss)
    {
        const double H = 1e-6;
        using var backend = new ReferenceBackend();
        using var setup = new DistillationSetup(backend, loss);
        (_, ParameterSet gradients) = setup.Run(All);
        using ParameterSet owned = gradients;
        double[] gradient = Download(backend, gradients.All);
        double[] weights = Download(backend, setup.Weights.All);
        double[] direction = RandomDecoder.Normals(weights.Length, 9, 0);

        double above = LossAt(H);
        double below = LossAt(-H);

        // Truncation is of order h^2 = 1e-12, rounding of order 1e-16 / h = 1e-10, both times derivatives of order 1 to 10.
        double expected = gradient.Zip(direction, (g, d) => g * d).Sum();
        Assert.Equal(expected, (above - below) / (2 * H), 1e-7 * Math.Max(1, Math.Abs(expected)));
        Assert.True(Math.Abs(expected) > 1e-3);

        double LossAt(double step)
        {
            backend.UploadReal([.. weights.Zip(direction, (w, d) => w + (step * d))], setup.Weights.All);
            (double value, ParameterSet unused) = setup.Run(All);
            unused.Dispose();
            return value;
        }
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public void Run_Teacher_PeaksAtThePlan(string loss)
    {
        using var backend = new CpuBackend(2);
        MemoryPlan plan;
        using (var setup = new DistillationSetup(backend, loss))
        {
            var options = new TrainingOptions { BatchSize = 2, AccumulationSteps = 2, Epochs = 1, EvalSteps = 2 };
            using var trainer = new Trainer(setup.Spec, setup.Weights, DistillationSetup.LongestTokens, setup.Task, setup.Task, options);
            trainer.Run(new Silent());
            plan = trainer.Plan;
        }

        Assert.Equal(plan.TotalBytes, backend.PeakBytes);
        Assert.Equal(0, backend.LiveBuffers);
    }

    [Theory]
    [MemberData(nameof(Streamed))]
    public void Plan_VocabularyOf32000_NeedsNoMoreActivations(string loss) => Assert.Equal(ArenaBytes(loss, 512), ArenaBytes(loss, 32_000));

    /// <summary>A few rows of each vocabulary at a time, whatever the number of rows: the widest sequence needs no more for it than two tiles, and rounding to 64 bytes.</summary>
    [Theory]
    [InlineData("uld")]
    [InlineData("uld-hybrid")]
    public void Plan_OtherTokenizer_NeedsATileOfEachVocabulary(string loss)
    {
        long more = ArenaBytes(loss, 32_000) - ArenaBytes(loss, 512);

        Assert.InRange(more, 1, (2L * 8 * (32_000 - 512) * sizeof(float)) + 512);
    }

    [Theory]
    [InlineData("uld")]
    [InlineData("uld-hybrid")]
    public void Gradients_OtherTokenizer_DoNotDependOnTheCut(string loss)
    {
        using var backend = new ReferenceBackend();
        using var setup = new DistillationSetup(backend, loss);
        (double expected, ParameterSet whole) = setup.Run(All);
        using ParameterSet owned = whole;
        (double value, ParameterSet cut) = setup.Run([0, 1, 2], [3], [4, 5, 6]);
        using ParameterSet other = cut;

        // Sums of a few hundred terms of order 1 in another order, in double.
        Assert.Equal(expected, value, 1e-12);
        Assert.All(Download(backend, whole.All).Zip(Download(backend, cut.All)), pair => Assert.Equal(pair.First, pair.Second, 1e-12));
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public void Gradients_OneTwoOrSevenThreads_HaveTheSameBits(string loss)
    {
        int[] expected = Bits(loss, 1, All);

        Assert.Equal(expected, Bits(loss, 2, All));
        Assert.Equal(expected, Bits(loss, 7, All));
    }

    /// <remarks>Where log-probs and divergence both have a gradient, the output embedding receives one after the other per micro-batch: those losses are left out.</remarks>
    [Theory]
    [InlineData("js")]
    [InlineData("forward-kl")]
    [InlineData("reverse-kl-hot")]
    [InlineData("top-k-tail")]
    [InlineData("sampled")]
    [InlineData("iw_opd")]
    public void Gradients_AnyCutIntoMicroBatches_HaveTheSameBits(string loss)
    {
        int[] expected = Bits(loss, 2, All);

        Assert.Equal(expected, Bits(loss, 2, [0, 1, 2], [3, 4, 5, 6]));
        Assert.Equal(expected, Bits(loss, 2, [.. All.Select(i => new[] { i })]));
    }

    /// <summary>Both sides round alike, so even the largest term of a sum cancels to nothing; JSD's two halves cancel to a few roundings.</summary>
    [Theory]
    [InlineData("js", 1e-6)]
    [InlineData("forward-kl", 0)]
    [InlineData("top-k-tail", 0)]
    [InlineData("sampled", 0)]
    [InlineData("iw_opd", 0)]
    public void Loss_TeacherIsTheStudent_IsZero(string loss, double limit)
    {
        using var backend = new CpuBackend(2);
        using var setup = new DistillationSetup(backend, loss, isSelf: true);

        (double value, ParameterSet gradients) = setup.Run(All);
        using ParameterSet owned = gradients;

        Assert.Equal(0, value, limit);
        Assert.All(Download(backend, gradients.All), g => Assert.Equal(0, g, 1e-6));
    }

    /// <remarks>A teacher with tokens of its own builds a batch of them, as the trainer does of the policy's.</remarks>
    [Theory]
    [MemberData(nameof(Streamed))]
    public void Step_OneThread_AllocatesNothing(string loss)
    {
        using var backend = new CpuBackend(1);
        using var setup = new DistillationSetup(backend, loss);
        using ParameterSet gradients = setup.Weights.ZerosLike();
        using var model = new DecoderModel(setup.Spec, setup.Weights, DistillationSetup.LongestTokens);
        using var pass = new TrainingPass(model, new DecoderGradients(setup.Spec, gradients), ActivationMode.Save, 1 << 22);
        TokenBatch batch = setup.Task.Data.Build(All);
        StepCounts counts = setup.Task.Data.Counts(All);
        var metrics = new MetricAccumulator(MetricAveraging.Items);
        Train(2);
        long before = GC.GetAllocatedBytesForCurrentThread();

        Train(5);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Train(int steps)
        {
            for (int i = 0; i < steps; i++)
            {
                metrics.Reset();
                pass.Train(setup.Task, batch, All, counts, metrics);
            }
        }
    }

    [Fact]
    public void Teacher_OptionOutOfRange_IsNamed()
    {
        using var backend = new CpuBackend(1);
        DecoderSpec spec = RandomDecoder.Spec("rms-gated");
        using ParameterSet weights = RandomDecoder.Weights(spec, backend, 1);
        using var model = new DecoderModel(spec, weights, RandomDecoder.Positions);
        TeacherOptions options = DistillationSetup.Options("js");

        Assert.Contains("beta", Assert.Throws<InputException>(() => new VocabularyTeacher(model, options with { Beta = 1.5 })).Message, StringComparison.Ordinal);
        Assert.Contains("temperature", Assert.Throws<InputException>(() => new VocabularyTeacher(model, options with { Temperature = 0 })).Message, StringComparison.Ordinal);
    }

    private static long ArenaBytes(string loss, int vocabulary)
    {
        using var backend = new CpuBackend(1);
        using var setup = new DistillationSetup(backend, loss, vocabulary);
        return MemoryPlan.Of(
            setup.Spec, setup.Weights.Specs, DistillationSetup.LongestTokens, backend, setup.Task, null, new TrainingOptions { BatchSize = 2 }).ArenaBytes;
    }

    private static int[] Bits(string loss, int threads, params int[][] microBatches)
    {
        using var backend = new CpuBackend(threads);
        using var setup = new DistillationSetup(backend, loss);
        (_, ParameterSet gradients) = setup.Run(microBatches);
        using ParameterSet owned = gradients;
        return HostModel.Bits(gradients.All);
    }

    private static double[] Download(Backend backend, Tensor tensor)
    {
        double[] values = new double[tensor.Length];
        backend.DownloadReal(tensor, values);
        return values;
    }

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
