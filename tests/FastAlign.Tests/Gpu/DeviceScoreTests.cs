using FastAlign.Core;
using FastAlign.Gpu;
using FastAlign.Kernels;
using FastAlign.Kernels.Conformance;
using FastAlign.Kernels.Device;
using Xunit;

namespace FastAlign.Tests.Gpu;

using DeviceLane = Dual<DeviceFloat>;
using Lane = Dual<BoundedLane>;

/// <summary>Scores of f-divergences on devices where no case looks: log-ratios whose exponentials reach the ends of float.</summary>
[Collection(DeviceCollection.Name)]
public sealed class DeviceScoreTests(TestDevices devices)
{
    private const double Beta = 0.1;

    // The cap of 80 is met at -160 for alpha = 1/2 and at 160 for alpha = -1/2.
    private static readonly float[] Extremes = [-1000, -161, -160, -159, -60, -1, 0, 2, 60, 159, 160, 161, 1000];

    public static TheoryData<string> Devices => [TestDevices.OpenCL, TestDevices.NarrowSimulator, TestDevices.WideSimulator];

    [Theory, MemberData(nameof(Devices))]
    public void PairTerms_CappedPowerScore_StaysFinite(string device)
    {
        foreach (double alpha in (double[])[0.5, -0.5])
        {
            Check(
                device,
                new Scored<PowerScore<DeviceLane>, LogisticPair<DeviceLane>, DeviceLane>(new(alpha, 80), new(Beta)),
                new Scored<PowerScore<Lane>, LogisticPair<Lane>, Lane>(new(alpha, 80), new(Beta)),
                Extremes);
        }
    }

    [Theory, MemberData(nameof(Devices))]
    public void PairTerms_ForwardKl_StaysFiniteInTheRangeOfFloat(string device) => Check(
        device,
        new Scored<PowerScore<DeviceLane>, LogisticPair<DeviceLane>, DeviceLane>(new(1, double.PositiveInfinity), new(Beta)),
        new Scored<PowerScore<Lane>, LogisticPair<Lane>, Lane>(new(1, double.PositiveInfinity), new(Beta)),
        [.. Extremes.Select(static ratio => Math.Max(ratio, -88))]);

    [Theory, MemberData(nameof(Devices))]
    public void PairTerms_JensenShannon_StaysFinite(string device) => Check(
        device,
        new Scored<JensenShannonScore<DeviceLane>, LogisticPair<DeviceLane>, DeviceLane>(default, new(Beta)),
        new Scored<JensenShannonScore<Lane>, LogisticPair<Lane>, Lane>(default, new(Beta)),
        Extremes);

    /// <summary>Every ratio against every other, within the bound that error analysis gives for each.</summary>
    private void Check<TFormula, TBounded>(string device, TFormula formula, TBounded bounded, float[] ratios)
        where TFormula : struct, IPairFormula<DeviceLane>
        where TBounded : struct, IPairFormula<Lane>
    {
        DeviceBackend backend = devices.Open(device);
        using var arrays = new DeviceArrays(backend);
        float[] policy = [.. ratios.SelectMany(chosen => ratios.SelectMany(rejected => (float[])[chosen, rejected]))];
        Tensor loss = arrays.Output(policy.Length / 2);
        Tensor dPolicy = arrays.Output(policy.Length);

        backend.Losses.PairTerms(formula, new PairTensors(arrays.Reals(policy), default, arrays.Integers([.. Enumerable.Range(0, policy.Length + 1)])), loss, dPolicy);

        (float[] losses, float[] slopes) = (arrays.Read(loss), arrays.Read(dPolicy));
        for (int i = 0; i < policy.Length; i++)
        {
            int pair = i / 2;
            Lane expected = bounded.Loss(Pair(policy[2 * pair], policy[(2 * pair) + 1], i % 2));
            string at = $"{typeof(TFormula).GenericTypeArguments[0].Name} at {policy[2 * pair]}, {policy[(2 * pair) + 1]}";
            Assert.True(Math.Abs(losses[pair] - expected.Value.Value) <= expected.Value.Error, $"{at}: expected {expected.Value.Value:R} ± {expected.Value.Error:R}, got {losses[pair]:R}");
            Assert.True(Math.Abs(slopes[i] - expected.Slope.Value) <= expected.Slope.Error, $"{at}: slope expected {expected.Slope.Value:R} ± {expected.Slope.Error:R}, got {slopes[i]:R}");
        }
    }

    private static Pair<Lane> Pair(double chosenRatio, double rejectedRatio, int side)
    {
        Lane chosen = new(new BoundedLane(chosenRatio, 0), BoundedLane.Constant(1 - side));
        Lane rejected = new(new BoundedLane(rejectedRatio, 0), BoundedLane.Constant(side));
        return new()
        {
            ChosenRatio = chosen,
            RejectedRatio = rejected,
            ChosenScore = chosen,
            RejectedScore = rejected,
            ChosenTokens = Lane.Constant(1),
            RejectedTokens = Lane.Constant(1),
            Margin = Lane.Constant(0),
            Label = Lane.Constant(1),
        };
    }
}
