using FastAlign.Core;
using FastAlign.Gpu;
using FastAlign.Kernels;
using FastAlign.Kernels.Device;
using FastAlign.Models;
using Xunit;

namespace FastAlign.Tests.Gpu;

/// <summary>Token rewards, advantages and sampling on devices, against double.</summary>
[Collection(DeviceCollection.Name)]
public sealed class DeviceRewardTests(TestDevices devices)
{
    private const double U = 1.0 / (1 << 24);
    private const int Count = 300;

    private static readonly int[] Starts = [0, 0, 1, 131, Count];

    public static TheoryData<string> Devices => [TestDevices.OpenCL, TestDevices.NarrowSimulator, TestDevices.WideSimulator];

    [Theory, MemberData(nameof(Devices))]
    public void SubtractKl_ThirdEstimate_MatchesDouble(string device)
    {
        DeviceBackend backend = devices.Open(device);
        using var arrays = new DeviceArrays(backend);
        (float[] logProb, float[] reference, float[] start) = (DeviceArrays.Normal(Count, 1), DeviceArrays.Normal(Count, 2), DeviceArrays.Normal(Count, 3));
        Tensor rewards = arrays.Reals(start);

        backend.Losses.SubtractKl(new KlK3<DeviceFloat>(20, 10), 0.05, arrays.Reals(logProb), arrays.Reals(reference), rewards);

        float[] actual = arrays.Read(rewards);
        var estimate = new KlK3<ScalarDouble>(20, 10);
        for (int t = 0; t < Count; t++)
        {
            double d = (double)logProb[t] - reference[t];
            double expected = start[t] - (0.05 * estimate.Of(new ScalarDouble(d)).Value);

            // e^-d - 1 + d: the difference d errs by u of its operands, the exponential by a few u of itself.
            double size = Math.Abs(start[t]) + (0.05 * ((Math.Exp(-d) + 1) * (Math.Abs(logProb[t]) + Math.Abs(reference[t]) + 1)));
            Close(expected, actual[t], 16 * U * size, $"row {t}");
        }
    }

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
    public void Advantages_RaggedSequences_MatchDouble(string device)
    {
        DeviceBackend backend = devices.Open(device);
        using var arrays = new DeviceArrays(backend);
        const double Gamma = 0.99;
        const double Lambda = 0.95;
        (float[] rewards, float[] values) = (DeviceArrays.Normal(Count, 1), DeviceArrays.Normal(Count, 2));
        (Tensor advantages, Tensor returns) = (arrays.Output(Count), arrays.Output(Count));

        backend.Losses.Advantages(
            new AdvantageStep<DeviceFloat>(Gamma, Lambda), arrays.Reals(rewards), arrays.Reals(values), arrays.Integers(Starts), advantages, returns);

        (float[] actual, float[] targets) = (arrays.Read(advantages), arrays.Read(returns));
        for (int s = 0; s + 1 < Starts.Length; s++)
        {
            (double next, double size, double nextValue) = (0, 0, 0);
            for (int t = Starts[s + 1] - 1; t >= Starts[s]; t--)
            {
                // Five roundings a step, each of at most the running sum of absolute terms, and the constants' own.
                next = rewards[t] + (Gamma * nextValue) - values[t] + (Gamma * Lambda * next);
                size = Math.Abs(rewards[t]) + Math.Abs(nextValue) + Math.Abs(values[t]) + (Gamma * Lambda * size);
                double bound = 8 * (Starts[s + 1] - t) * U * size;
                Close(next, actual[t], bound, $"advantage {t}");
                Close(next + values[t], targets[t], bound + (2 * U * Math.Abs(values[t])), $"return {t}");
                nextValue = values[t];
            }
        }
    }

    public static TheoryData<string, double, int, double> Filters => new()
    {
        { TestDevices.OpenCL, 1, 0, 1 },
        { TestDevices.OpenCL, 0.7, 5, 1 },
        { TestDevices.OpenCL, 1.3, 0, 0.9 },
        { TestDevices.OpenCL, 1, 20, 0.5 },
        { TestDevices.NarrowSimulator, 0.8, 9, 0.8 },
        { TestDevices.WideSimulator, 0.8, 9, 0.8 },
    };

    /// <summary>The host's sampler draws at a point of its running sum; the device's token must be the one there, or border on it within the rounding of the sums.</summary>
    [Theory, MemberData(nameof(Filters))]
    public void Sample_Filters_DrawsWhatTheHostDraws(string device, double temperature, int topK, double topP)
    {
        const int Vocabulary = 301;
        DeviceBackend backend = devices.Open(device);
        using var arrays = new DeviceArrays(backend);
        int rows = device == TestDevices.OpenCL ? 64 : 3;
        float[] logits = DeviceArrays.Normal(rows * Vocabulary, 7, 2);
        int[] samples = [.. Enumerable.Range(0, rows).Select(static i => 3 * i)];
        int[] steps = [.. Enumerable.Range(0, rows).Select(static i => i % 5)];
        Tensor ids = arrays.Integers(new int[rows]);

        backend.Losses.Sample(
            arrays.Reals(logits).Slice(0, new Shape(rows, Vocabulary)), new DeviceSampling(temperature, topK, topP, 11), arrays.Integers(samples), arrays.Integers(steps), ids);

        int[] actual = arrays.ReadIntegers(ids);
        var sampler = new Sampler(new SamplingOptions { Temperature = temperature, TopK = topK, TopP = topP, Seed = 11 }, Vocabulary);
        int same = 0;
        for (int i = 0; i < rows; i++)
        {
            double[] row = [.. logits.AsSpan(i * Vocabulary, Vocabulary).ToArray().Select(static x => (double)x)];
            same += sampler.Next(row, samples[i], steps[i]) == actual[i] ? 1 : 0;
            double total = sampler.Weigh(row);
            double point = new Philox(11, RandomPurpose.Sampling, (ulong)samples[i]).Uniform((ulong)steps[i]) * total;
            double before = 0;
            for (int v = 0; v < actual[i]; v++)
            {
                before += sampler.Weights[v];
            }

            double slack = (Vocabulary + 16) * U * total;
            Assert.True(sampler.Weights[actual[i]] > 0, $"row {i}: token {actual[i]} is left out on the host");
            Assert.InRange(point, before - slack, before + sampler.Weights[actual[i]] + slack);
        }

        Assert.True(same >= rows - 1, $"{same} of {rows} draws are the host's");
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

    private static void Close(double expected, double actual, double bound, string what) =>
        Assert.True(Math.Abs(expected - actual) <= bound, $"{what}: expected {expected:R}, got {actual:R}, bound {bound:E2}");
}
