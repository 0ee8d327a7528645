using FastAlign.Core;
using FastAlign.Gpu;
using FastAlign.Kernels.Device;
using FastAlign.Models;
using Xunit;

namespace FastAlign.Tests.Gpu;

/// <summary>Token rewards and sampling on devices where no case looks: NaN, and the draws of the host's sampler.</summary>
[Collection(DeviceCollection.Name)]
public sealed class DeviceRewardTests(TestDevices devices)
{
    private const double U = 1.0 / (1 << 24);

    public static TheoryData<string> Devices => [TestDevices.OpenCL, TestDevices.NarrowSimulator, TestDevices.WideSimulator];

    [Theory, MemberData(nameof(Devices))]
    public void AddSpans_OverlappingSpans_AddUpAtTheirTokens(string device)
    {
        DeviceBackend backend = devices.Open(device);
        using var arrays = new DeviceArrays(backend);

        // Every number is a multiple of 1/4 below 2^20, so sums are exact.
        foreach ((SpanPlacement placement, float[] expected) in ((SpanPlacement, float[])[])
            [(SpanPlacement.Last, [0, 0, 0, 8, 0, 2]), (SpanPlacement.Spread, [2, 2, 2.5f, 2.5f, 0.5f, 0.5f]), (SpanPlacement.Each, [8, 8, 10, 10, 2, 2])])
        {
            Tensor rewards = arrays.Reals(new float[6]);
            backend.Losses.AddSpans(arrays.Reals([8, 2, float.NaN, 5]), arrays.Integers([0, 2, 1, 3]), arrays.Integers([4, 6, 2, 3]), placement, rewards);
            Assert.Equal(expected, arrays.Read(rewards));
        }
    }

    [Theory, MemberData(nameof(Devices))]
    public void ClipRewards_BothSides_KeepsTheRange(string device)
    {
        DeviceBackend backend = devices.Open(device);
        using var arrays = new DeviceArrays(backend);
        Tensor rewards = arrays.Reals([-9, -1, 0.5f, 2, float.PositiveInfinity, float.NaN]);

        backend.Losses.ClipRewards(-1, 1.5, rewards);

        Assert.Equal([-1, -1, 0.5f, 1.5f, 1.5f, float.NaN], arrays.Read(rewards));
    }

    [Theory, MemberData(nameof(Devices))]
    public void Sample_Greedy_TakesTheFirstOfTheLargest(string device)
    {
        DeviceBackend backend = devices.Open(device);
        using var arrays = new DeviceArrays(backend);
        Tensor logits = arrays.Reals([1, 3, -2, 3, 0, -5, -4, -4, -9, -4]).Slice(0, new Shape(2, 5));
        Tensor ids = arrays.Integers([-1, -1]);

        backend.Losses.Sample(logits, new DeviceSampling(0), arrays.Integers([0, 1]), arrays.Integers([0, 0]), ids);

        Assert.Equal([1, 1], arrays.ReadIntegers(ids));
    }
}
