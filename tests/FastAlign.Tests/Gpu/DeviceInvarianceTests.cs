using FastAlign.Core;
using FastAlign.Gpu;
using Xunit;

namespace FastAlign.Tests.Gpu;

/// <summary>Bits of the default variants do not depend on how many rows are computed together, nor gradients on where a batch is cut.</summary>
[Collection(DeviceCollection.Name)]
public sealed class DeviceInvarianceTests(TestDevices devices)
{
    // Beyond one tile of 32 in every dimension, and a multiple of none.
    private const int N = 37;
    private const int K = 45;
    private const int O = 41;

    public static TheoryData<string> Devices => [TestDevices.OpenCL, TestDevices.NarrowSimulator];

    [Theory]
    [MemberData(nameof(Devices))]
    public void LinearForward_RowsOneByOne_HaveTheBitsOfTheBatch(string device)
    {
        DeviceBackend backend = devices.Open(device);
        Tensor x = Random(backend, new Shape(N, K), 1);
        Tensor w = Random(backend, new Shape(O, K), 2);
        Tensor bias = Random(backend, new Shape(O), 3);
        Tensor all = backend.Allocate(new Shape(N, O), DType.F32);
        Tensor single = backend.Allocate(new Shape(N, O), DType.F32);

        backend.Ops.LinearForward(x, w, bias, Tensor.None, all);
        for (int i = 0; i < N; i++)
        {
            backend.Ops.LinearForward(x.RowRange(i, 1), w, bias, Tensor.None, single.RowRange(i, 1));
        }

        Assert.Equal(Bits(backend, all), Bits(backend, single));
        Free(x, w, bias, all, single);
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void LogProbHeadForward_SlopesOfRowsOneByOne_HaveTheBitsOfTheBatch(string device)
    {
        const int Rows = 5, Width = 7, Vocabulary = 2100; // Beyond one tile of the vocabulary.
        DeviceBackend backend = devices.Open(device);
        Tensor x = Random(backend, new Shape(Rows, Width), 1);
        Tensor w = Random(backend, new Shape(Vocabulary, Width), 2);
        Tensor targets = backend.Allocate(new Shape(Rows), DType.I32);
        backend.Upload<int>([0, 2099, 2048, 7, 7], targets);
        (Tensor logProb, Tensor logZ) = (backend.Allocate(new Shape(Rows), DType.F32), backend.Allocate(new Shape(Rows), DType.F32));
        Tensor all = backend.Allocate(new Shape(Rows, Width), DType.F32);
        Tensor single = backend.Allocate(new Shape(Rows, Width), DType.F32);

        Run(0, Rows, all);
        for (int i = 0; i < Rows; i++)
        {
            Run(i, 1, single);
        }

        Assert.Equal(Bits(backend, all), Bits(backend, single));
        Free(x, w, targets, logProb, logZ, all, single);

        void Run(int first, int count, Tensor slope) => backend.Ops.LogProbHeadForward(
            new HeadInputs(x.RowRange(first, count), w, Tensor.None, targets.RowRange(first, count)),
            new HeadSpec(SoftCap: 3),
            new HeadOutputs(logProb.RowRange(first, count), logZ.RowRange(first, count)) { Slope = slope.RowRange(first, count) });
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void LinearBackwardWeight_BatchCutAnywhere_HasTheBitsOfTheWhole(string device)
    {
        DeviceBackend backend = devices.Open(device);
        Tensor x = Random(backend, new Shape(N, K), 1);
        Tensor dy = Random(backend, new Shape(N, O), 2);
        (Tensor dw, Tensor dbias) = (Random(backend, new Shape(O, K), 3), Random(backend, new Shape(O), 4));
        (Tensor dwCut, Tensor dbiasCut) = (Random(backend, new Shape(O, K), 3), Random(backend, new Shape(O), 4));

        backend.Ops.LinearBackwardWeight(x, dy, dw, dbias);
        foreach ((int start, int count) in ((int, int)[])[(0, 1), (1, 19), (20, 17)])
        {
            backend.Ops.LinearBackwardWeight(x.RowRange(start, count), dy.RowRange(start, count), dwCut, dbiasCut);
        }

        Assert.Equal(Bits(backend, dw), Bits(backend, dwCut));
        Assert.Equal(Bits(backend, dbias), Bits(backend, dbiasCut));
        Free(x, dy, dw, dbias, dwCut, dbiasCut);
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void RmsNormBackward_BatchCutAnywhere_HasTheBitsOfTheWhole(string device)
    {
        DeviceBackend backend = devices.Open(device);
        var spec = new NormSpec(1e-5);
        Tensor x = Random(backend, new Shape(N, K), 1);
        Tensor w = Random(backend, new Shape(K), 2);
        Tensor dy = Random(backend, new Shape(N, K), 3);
        (Tensor y, Tensor rstd) = (backend.Allocate(new Shape(N, K), DType.F32), backend.Allocate(new Shape(N), DType.F32));
        (Tensor dx, Tensor dw) = (Random(backend, new Shape(N, K), 4), Random(backend, new Shape(K), 5));
        (Tensor dxCut, Tensor dwCut) = (Random(backend, new Shape(N, K), 4), Random(backend, new Shape(K), 5));

        backend.Ops.RmsNormForward(x, w, spec, y, rstd);
        backend.Ops.RmsNormBackward(x, w, rstd, dy, spec, Write.Add, dx, dw);
        foreach ((int start, int count) in ((int, int)[])[(0, 1), (1, 19), (20, 17)])
        {
            backend.Ops.RmsNormBackward(
                x.RowRange(start, count), w, rstd.RowRange(start, count), dy.RowRange(start, count), spec, Write.Add, dxCut.RowRange(start, count), dwCut);
        }

        Assert.Equal(Bits(backend, dx), Bits(backend, dxCut));
        Assert.Equal(Bits(backend, dw), Bits(backend, dwCut));
        Free(x, w, dy, y, rstd, dx, dw, dxCut, dwCut);
    }

    /// <remarks>ILGPU makes one small object for each transfer; the simulator some for each launch.</remarks>
    [Fact]
    public void Launches_SteadyState_AllocateNothing()
    {
        DeviceBackend backend = devices.Open(TestDevices.OpenCL);
        Tensor x = Random(backend, new Shape(4, 32), 1);
        Tensor w = Random(backend, new Shape(16, 32), 2);
        Tensor y = backend.Allocate(new Shape(4, 16), DType.F32);

        long Bytes(int steps)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < steps; i++)
            {
                backend.Ops.LinearForward(x, w, Tensor.None, Tensor.None, y);
                backend.Ops.Add(y, 0.5, y);
            }

            backend.Synchronize();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Bytes(3);

        Assert.Equal(0, Bytes(10));
        Free(x, w, y);
    }

    private static Tensor Random(DeviceBackend backend, Shape shape, ulong seed)
    {
        var random = new Philox(seed, RandomPurpose.Test, 0);
        Tensor tensor = backend.Allocate(shape, DType.F32);
        double[] values = new double[shape.Length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = random.Normal((ulong)i);
        }

        backend.UploadReal(values, tensor);
        return tensor;
    }

    private static int[] Bits(DeviceBackend backend, Tensor tensor)
    {
        int[] bits = new int[tensor.Length];
        backend.Download<int>(tensor, bits);
        return bits;
    }

    private static void Free(params ReadOnlySpan<Tensor> tensors)
    {
        foreach (Tensor tensor in tensors)
        {
            tensor.Buffer.Dispose();
        }
    }
}
