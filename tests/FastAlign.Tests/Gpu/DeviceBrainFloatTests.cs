using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.Gpu;
using FastAlign.IO.Checkpoints;
using FastAlign.Kernels.Device;
using FastAlign.Models;
using Xunit;

namespace FastAlign.Tests.Gpu;

/// <summary>Widening is exact on devices, too: weights give the same bits, stored as BF16 or as F32, in every op that reads weights.</summary>
[Collection(DeviceCollection.Name)]
public sealed class DeviceBrainFloatTests(TestDevices devices)
{
    // Rows and outputs past a tile of 32, an odd depth, so that rows begin in the middle of a word.
    private const int N = 5;
    private const int O = 37;
    private const int K = 19;
    private const int Few = 3;

    public static TheoryData<string, string?> Devices => new()
    {
        { TestDevices.OpenCL, null },
        { TestDevices.OpenCL, KernelVariant.RegisterBlocked.Name },
        { TestDevices.NarrowSimulator, null },
    };

    [Theory, MemberData(nameof(Devices))]
    public void Ops_StoredEitherWay_SameBits(string device, string? variant)
    {
        using DeviceBackend? alone = variant is null ? null : devices.OpenAlone(device, variant);
        DeviceBackend backend = alone ?? devices.Open(device);
        using var arrays = new DeviceArrays(backend);
        Tensor wide = Matrix(arrays, O + 1, K, 1);
        Tensor stored = backend.Allocate(wide.Shape, DType.BF16);
        using TensorBuffer buffer = stored.Buffer;
        backend.Ops.Copy(wide, stored);
        backend.Ops.Copy(stored, wide);

        float[] expected = Run(backend, arrays, wide.RowRange(1, O));
        float[] found = Run(backend, arrays, stored.RowRange(1, O));

        Assert.DoesNotContain(float.NaN, expected);
        Assert.Equal(expected.Select(BitConverter.SingleToInt32Bits), found.Select(BitConverter.SingleToInt32Bits));
    }

    [Fact, Trait("Category", Goldens.Category)]
    public void Model_StoredEitherWay_SameBits()
    {
        DeviceBackend backend = devices.Open(TestDevices.OpenCL);
        using LoadedModel checkpoint = HfCheckpoint.Load(Goldens.DataPath("stories260k", "hf"), backend);
        using ParameterSet stored = checkpoint.Parameters.Clone(asBrainFloat: true), wide = stored.Clone(asBrainFloat: false);
        int[] Tokens(int seed, int count) => [.. Enumerable.Range(0, count).Select(i => ((i * 97) + (seed * 31)) % checkpoint.Spec.Vocab)];
        var pairs = new PreferenceData([new PreferenceExample(0, Tokens(1, 9), Tokens(2, 7), Tokens(3, 5))]);

        Assert.Equal(ForwardPass.LogProbs(backend, checkpoint.Spec, wide, pairs), ForwardPass.LogProbs(backend, checkpoint.Spec, stored, pairs));
    }

    /// <summary>Every op that reads weights, on fresh operands: what each of them wrote, one after another.</summary>
    private static float[] Run(DeviceBackend backend, DeviceArrays arrays, Tensor w)
    {
        IOps ops = backend.Ops;
        Tensor x = Matrix(arrays, N, K, 2), y = Matrix(arrays, N, O, 3), dx = Matrix(arrays, N, K, 4), bias = arrays.Reals(DeviceArrays.Normal(O, 5));
        ops.LinearForward(x, w, bias, y, y);
        ops.LinearBackwardInput(y, w, Write.Add, dx);

        Tensor rows = arrays.Integers([0, O - 1, 3, 3, 20]), gathered = Matrix(arrays, N, K, 6), sum = Matrix(arrays, N, K, 7);
        ops.GatherRows(w, rows, Write.Assign, gathered);
        ops.GatherRows(w, rows, Write.Add, sum);

        var inputs = new HeadInputs(x, w, bias, rows);
        var outputs = new HeadOutputs(arrays.Output(N), arrays.Output(N), arrays.Output(N));
        var gradients = new HeadGradients(arrays.Reals(DeviceArrays.Normal(N, 8)), arrays.Reals(DeviceArrays.Normal(N, 9)), Matrix(arrays, N, K, 10), Tensor.None, Tensor.None);
        ops.LogProbHeadForward(inputs, new HeadSpec(), outputs);
        ops.LogProbHeadBackward(inputs, new HeadSpec(), outputs, gradients);
        Tensor slope = Matrix(arrays, N, K, 16);
        ops.LogProbHeadForward(inputs, new HeadSpec(), outputs with { Slope = slope });

        var vocabulary = new VocabularyRows(x, w, bias, outputs.LogZ);
        var teacher = new VocabularyRows(x, Matrix(arrays, O, K, 11), Tensor.None, arrays.Reals(DeviceArrays.Normal(N, 12)));
        Tensor logits = Matrix(arrays, N, Few, 13), logProb = Matrix(arrays, N, Few, 14), dVocabulary = Matrix(arrays, N, K, 15);
        Tensor ids = arrays.Integers(new int[N * Few]).Reshape(new Shape(N, Few));
        ops.TopTokens(vocabulary, logits, ids);
        ops.SelectedLogProbsForward(vocabulary, new HeadSpec(), ids, logProb);
        var slots = new VocabularyGradients(Write.Add, dVocabulary, Tensor.None, Tensor.None);
        ops.SelectedLogProbsBackward(vocabulary, new HeadSpec(), ids, logits, slots);
        var spec = new DivergenceSpec(0.5, new HeadSpec(), new HeadSpec());
        var divergence = new DivergenceOutputs(arrays.Output(N), arrays.Output(N));
        ops.DivergenceHeadForward(teacher, vocabulary, spec, divergence);
        ops.DivergenceHeadForward(vocabulary, teacher, spec, new DivergenceOutputs(outputs.Entropy, outputs.LogProb));

        Tensor[] written = [y, dx, gathered, sum, outputs.LogZ, gradients.X, slope, logits, logProb, dVocabulary, divergence.Value, divergence.SlopeSum, outputs.Entropy, outputs.LogProb];
        return [.. written.SelectMany(arrays.Read)];
    }

    private static Tensor Matrix(DeviceArrays arrays, int rows, int columns, ulong stream) =>
        arrays.Reals(DeviceArrays.Normal(rows * columns, stream, 0.3)).Reshape(new Shape(rows, columns));
}
