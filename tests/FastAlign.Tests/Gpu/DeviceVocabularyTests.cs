using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.Cpu;
using FastAlign.Gpu;
using FastAlign.Tests.Training;
using Xunit;

namespace FastAlign.Tests.Gpu;

/// <summary>Ops over the vocabulary on devices, beyond their cases: ties, and distillation through the trainer.</summary>
[Collection(DeviceCollection.Name)]
public sealed class DeviceVocabularyTests(TestDevices devices)
{
    // Losses of order 1 from log-probs that err by a few F32 roundings, 1e-6 of themselves; three updates of 1e-3 carry what the gradients differ by. The promise is that of DPO.
    private const double LossLimit = 1e-4;

    private const int Steps = 3;

    public static TheoryData<string> Devices => [TestDevices.OpenCL, TestDevices.NarrowSimulator, TestDevices.WideSimulator];

    public static TheoryData<string> Losses => [.. DistillationSetup.Losses];

    /// <summary>All logits of a row are equal, over three tiles of the vocabulary.</summary>
    [Theory, MemberData(nameof(Devices))]
    public void TopTokens_EqualLogits_TakesTheFirst(string device)
    {
        const int Vocabulary = 4100;
        DeviceBackend backend = devices.Open(device);
        using var arrays = new DeviceArrays(backend);
        float[] ones = new float[Vocabulary];
        Array.Fill(ones, 1f);
        Tensor x = arrays.Reals([3, -2]).Slice(0, new Shape(2, 1));
        Tensor w = arrays.Reals(ones).Slice(0, new Shape(Vocabulary, 1));
        (Tensor logits, Tensor ids) = (arrays.Output(6).Slice(0, new Shape(2, 3)), arrays.Integers([-1, -1, -1, -1, -1, -1]));

        backend.Ops.TopTokens(new VocabularyRows(x, w, Tensor.None, Tensor.None), logits, ids.Slice(0, new Shape(2, 3)));

        Assert.Equal([0, 1, 2, 0, 1, 2], arrays.ReadIntegers(ids));
        float[] read = new float[6];
        backend.Download<float>(logits, read);
        Assert.Equal([3, 3, 3, -2, -2, -2], read);
    }

    /// <summary>More rows than one pass over the vocabulary takes: the last ones have the bits that they have by themselves.</summary>
    [Fact]
    public void Divergence_MoreRowsThanATile_GivesEachRowItsOwnBits()
    {
        const int Rows = 1100;
        const int Alone = 40;
        DeviceBackend backend = devices.Open(TestDevices.OpenCL);
        using var arrays = new DeviceArrays(backend);
        Tensor[] rows = [.. Enumerable.Range(1, 2).Select(stream => arrays.Reals(DeviceArrays.Normal(Rows * 3, (ulong)stream)).Slice(0, new Shape(Rows, 3)))];
        Tensor[] weights = [.. Enumerable.Range(3, 2).Select(stream => arrays.Reals(DeviceArrays.Normal(7 * 3, (ulong)stream)).Slice(0, new Shape(7, 3)))];
        Tensor dValue = arrays.Reals(DeviceArrays.Normal(Rows, 5));

        (float[] value, float[] dx) = Run(0, Rows);
        (float[] valueAlone, float[] dxAlone) = Run(Rows - Alone, Alone);

        Assert.Equal(valueAlone, value[^Alone..]);
        Assert.Equal(dxAlone, dx[^(3 * Alone)..]);

        (float[] Value, float[] Dx) Run(int first, int count)
        {
            VocabularyRows[] sides = [.. rows.Zip(weights, (x, w) => new VocabularyRows(x.RowRange(first, count), w, Tensor.None, arrays.Output(count)))];
            foreach (VocabularyRows side in sides)
            {
                backend.Ops.LogProbHeadForward(new HeadInputs(side.X, side.W, Tensor.None, arrays.Integers(new int[count])), new HeadSpec(), new HeadOutputs(arrays.Output(count), side.LogZ));
            }

            var spec = new DivergenceSpec(0.5, new HeadSpec(), new HeadSpec());
            var outputs = new DivergenceOutputs(arrays.Output(count), arrays.Output(count));
            Tensor gradient = arrays.Output(3 * count);
            backend.Ops.DivergenceHeadForward(sides[0], sides[1], spec, outputs);
            var gradients = new VocabularyGradients(Write.Assign, gradient.Slice(0, new Shape(count, 3)), Tensor.None, Tensor.None);
            backend.Ops.DivergenceHeadBackward(sides[0], sides[1], spec, outputs, dValue.Slice(first, new Shape(count)), gradients);
            return (arrays.Read(outputs.Value), arrays.Read(gradient));
        }
    }

    [Theory, MemberData(nameof(Losses))]
    public void Distillation_AFewSteps_AgreesWithTheHost(string loss)
    {
        using var host = new CpuBackend(2);
        DeviceBackend device = devices.Open(TestDevices.OpenCL);

        double[] expected = Train(host, loss);
        double[] losses = Train(device, loss);

        Assert.NotEqual(expected[0], expected[^1]);
        for (int step = 0; step < Steps; step++)
        {
            double difference = Math.Abs(losses[step] - expected[step]) / Math.Max(1, Math.Abs(expected[step]));
            Assert.True(difference <= LossLimit, $"step {step + 1}: {losses[step]:R}, on the host {expected[step]:R}, difference {difference:E2}");
        }

        Assert.Equal(0, device.LiveBuffers);
    }

    private static double[] Train(Backend backend, string loss)
    {
        using var setup = new DistillationSetup(backend, loss);
        var options = new TrainingOptions { BatchSize = 4, AccumulationSteps = 1, Epochs = Steps, LearningRate = 1e-3 };
        using var trainer = new Trainer(setup.Spec, setup.Weights, DistillationSetup.LongestTokens, setup.Task, null, options);
        double[] losses = new double[Steps];
        for (int step = 0; step < Steps; step++)
        {
            losses[step] = trainer.Step()["loss"];
        }

        return losses;
    }
}
