using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.Cpu;
using FastAlign.Gpu;
using FastAlign.IO.Checkpoints;
using FastAlign.Models;
using Xunit;

namespace FastAlign.Tests.Gpu;

/// <summary>DPO of stories260k on a device, over the batches of TRL's own run: losses as on the host, and the same bits every time.</summary>
[Collection(DeviceCollection.Name)]
[Trait("Category", Goldens.Category)]
public sealed class DeviceTrainingTests(TestDevices devices)
{
    private const string Run = "dpo_sigmoid";

    // The promise of issue 5. Losses near ln 2 come from log-ratios whose sums of about 300 nats err by a few F32 roundings; twenty updates amplify that.
    private const double LossLimit = 1e-4;

    [Fact]
    public void Dpo_TwentySteps_AgreesWithTheHost()
    {
        using var host = new CpuBackend(2);
        DeviceBackend device = devices.Open(TestDevices.OpenCL);

        (double[] expected, _) = Train(host, int.MaxValue);
        (double[] losses, _) = Train(device, int.MaxValue);

        Assert.True(losses.Length >= 20, $"{losses.Length} steps");
        for (int step = 0; step < losses.Length; step++)
        {
            double difference = Math.Abs(losses[step] - expected[step]) / Math.Abs(expected[step]);
            Assert.True(difference <= LossLimit, $"step {step + 1}: {losses[step]:R}, on the host {expected[step]:R}, relative difference {difference:E2}");
        }

        Assert.Equal(0, device.LiveBuffers);
    }

    [Fact]
    public void Dpo_Memory_PeaksAtThePlan()
    {
        DeviceBackend device = devices.Open(TestDevices.OpenCL);
        device.ResetPeak();

        Train(device, 1, plan => Assert.Equal(plan.TotalBytes, device.PeakBytes));
    }

    [Fact]
    public void Dpo_TwoRuns_GiveTheSameBits()
    {
        DeviceBackend device = devices.Open(TestDevices.OpenCL);

        (double[] losses, float[] weights) = Train(device, 3);
        (double[] lossesAgain, float[] weightsAgain) = Train(device, 3);

        Assert.Equal(losses, lossesAgain);
        Assert.Equal(weights, weightsAgain);
    }

    /// <summary>Loss of each step, and the weights after the last one.</summary>
    private static (double[] Losses, float[] Weights) Train(Backend backend, int mostSteps, Action<MemoryPlan>? checkPlan = null)
    {
        var run = new Trajectory(Run);
        using LoadedModel model = HfCheckpoint.Load(Goldens.DataPath("stories260k", "hf"), backend);
        StoredBatches batches = run.Batches();
        using ParameterSet frozen = model.Parameters.Clone();
        using var reference = new DecoderModel(model.Spec, frozen, batches.LongestTokens);
        ILoss loss = PairLosses.Dpo(new DpoOptions { Beta = run.Method.GetProperty("beta").GetDouble() });
        var task = new TrainingTask(new TrajectoryTests.ReplayedData(batches), loss, new FrozenReference(reference));
        TrainingOptions options = run.Options(batches.Members.Count) with { BatchSize = 1 };
        using var trainer = new Trainer(model.Spec, model.Parameters, batches.LongestTokens, task, null, options);
        double[] losses = new double[Math.Min(mostSteps, run.Steps.Length)];
        for (int step = 0; step < losses.Length; step++)
        {
            losses[step] = trainer.Step()["loss"];
        }

        checkPlan?.Invoke(trainer.Plan);
        float[] weights = new float[model.Parameters.All.Length];
        backend.Download<float>(model.Parameters.All, weights);
        return (losses, weights);
    }
}
