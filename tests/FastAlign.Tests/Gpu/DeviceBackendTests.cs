using FastAlign.Core;
using FastAlign.Gpu;
using FastAlign.Kernels.Device;
using Xunit;

namespace FastAlign.Tests.Gpu;

/// <summary>Memory, transfers and failures of a device.</summary>
[Collection(DeviceCollection.Name)]
public sealed class DeviceBackendTests(TestDevices devices)
{
    [Fact]
    public void Allocate_MoreThanThereIs_SaysHowMuchThatIs()
    {
        DeviceBackend backend = devices.Open(TestDevices.OpenCL);

        RunException failure = Assert.Throws<RunException>(() => backend.Allocate(1L << 45));

        Assert.Contains($"{backend.Info.Name} is out of memory: 35184372.1 MB asked", failure.Message, StringComparison.Ordinal);
        Assert.Equal(0, backend.LiveBuffers);
    }

    [Fact]
    public void Upload_LargerThanTheRing_ComesBack()
    {
        DeviceBackend backend = devices.Open(TestDevices.OpenCL);
        int[] values = [.. Enumerable.Range(0, 3_000_001)];
        Tensor tensor = backend.Allocate(new Shape(values.Length), DType.I32);
        int[] read = new int[values.Length];

        backend.Upload<int>(values, tensor);
        backend.Download(tensor, read);

        Assert.Equal(values, read);
        tensor.Buffer.Dispose();
    }

    [Fact]
    public void Upload_ManySmallOnes_KeepTheirOrder()
    {
        DeviceBackend backend = devices.Open(TestDevices.OpenCL);
        Tensor tensor = backend.Allocate(new Shape(5), DType.F32);
        Tensor sum = backend.Allocate(new Shape(5), DType.F32);

        // One tensor, rewritten while kernels that read it are still queued; 100 000 x 64 bytes go round the ring more than once.
        for (int i = 1; i <= 100_000; i++)
        {
            backend.Upload<float>([i % 7, 1, 2, 3, 4], tensor);
            if (i % 1000 == 0)
            {
                backend.Ops.Add(tensor, 1, sum);
            }
        }

        float[] read = new float[5];
        backend.Download(sum, read);

        Assert.Equal([Enumerable.Range(1, 100).Sum(static i => i * 1000 % 7), 100, 200, 300, 400], read);
        tensor.Buffer.Dispose();
        sum.Buffer.Dispose();
    }

    /// <summary>Closing frees the memory that queued transfers and kernels name: it has to wait for them.</summary>
    [Fact]
    public void Dispose_WorkStillQueued_WaitsForIt()
    {
        const int Rounds = 20;
        float[] values = new float[1 << 19];
        for (int round = 0; round < Rounds; round++)
        {
            using DeviceBackend backend = devices.OpenAlone(TestDevices.OpenCL);
            Tensor tensor = backend.Allocate(new Shape(values.Length), DType.F32);
            for (int i = 0; i < 100; i++)
            {
                backend.Ops.Scale(tensor, 0.5);
            }

            backend.Upload<float>(values, tensor);
            tensor.Buffer.Dispose();
        }
    }

    [Fact]
    public void GatherRows_IndexOutOfRange_IsNaN()
    {
        DeviceBackend backend = devices.Open(TestDevices.OpenCL);
        Tensor x = backend.Allocate(new Shape(3, 2), DType.F32);
        Tensor rows = backend.Allocate(new Shape(3), DType.I32);
        Tensor y = backend.Allocate(new Shape(3, 2), DType.F32);
        backend.Upload<int>([2, 3, -1], rows);
        float[] read = new float[6];

        backend.Ops.GatherRows(x, rows, Write.Assign, y);
        backend.Download(y, read);

        Assert.Equal([0, 0, float.NaN, float.NaN, float.NaN, float.NaN], read);
        x.Buffer.Dispose();
        rows.Buffer.Dispose();
        y.Buffer.Dispose();
    }

    [Fact]
    public void Ops_TensorOfAnotherBackend_IsRefused()
    {
        DeviceBackend backend = devices.Open(TestDevices.OpenCL);
        using var host = new FastAlign.Cpu.CpuBackend(1);
        Tensor x = host.Allocate(new Shape(4), DType.F32);

        Assert.Contains("expected memory of", Assert.Throws<ShapeException>(() => backend.Ops.Scale(x, 2)).Message, StringComparison.Ordinal);
        x.Buffer.Dispose();
    }

    [Fact]
    public void NullBackend_OfADevice_PlansItsWorkspace()
    {
        DeviceBackend backend = devices.Open(TestDevices.OpenCL);
        using var plan = new NullBackend(backend);

        Assert.Equal(backend.RealType, plan.RealType);
        Assert.Equal(backend.WorkspaceBytes, plan.LiveBytes);
        Assert.True(backend.WorkspaceBytes > 0);
    }

    [Fact]
    public void Choice_VariantOfAnotherDevice_FailsLoudlyOnlyWhenAskedFor()
    {
        var device = new DeviceInfo(DeviceKind.OpenCL, 0, "a device", 0, 0, 256, 1 << 15, 0, "");
        var ampere = new KernelVariant("sm80", static info => info.Architecture >= 80, static _ => true, IsRowInvariant: true);
        KernelInfo<FillArguments> generic = ElementwiseKernels.Fill;
        var tuned = new KernelInfo<FillArguments>("fill", KernelFamily.Elementwise, generic.Entry, generic.Groups, generic.GroupSize, 0, ampere);
        var choice = new KernelChoice<FillArguments>(tuned, generic);

        Assert.Same(generic, choice.For(device));
        Assert.Same(tuned, choice.For(device with { Architecture = 90 }));
        Assert.Same(generic, choice.For(device with { Architecture = 90 }, "generic"));
        Assert.Contains("fill/sm80 does not run on a device", Assert.Throws<NotSupportedException>(() => choice.For(device, "sm80")).Message, StringComparison.Ordinal);
    }
}
