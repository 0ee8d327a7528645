using FastAlign.Core;
using FastAlign.Gpu;
using FastAlign.Kernels;
using FastAlign.Kernels.Device;
using Xunit;

namespace FastAlign.Tests.Gpu;

/// <summary>Loss kernels against the same formulas in double, within first-order error bounds.</summary>
[Collection(DeviceCollection.Name)]
public sealed class DeviceLossTests(TestDevices devices)
{
    private const double U = 1.0 / (1 << 24);

    // Roundings of a term: some ten operations of at most 4 ulp each, along the longest path.
    private const double PerTerm = 64;

    private const int Count = 300;

    // Empty, one row, just beyond a group, and the rest.
    private static readonly int[] Starts = [0, 0, 1, 131, Count];

    public static TheoryData<string> Devices => [TestDevices.OpenCL, TestDevices.NarrowSimulator, TestDevices.WideSimulator];

    [Theory, MemberData(nameof(Devices))]
    public void SegmentSums_RaggedSequences_MatchDouble(string device)
    {
        DeviceBackend backend = devices.Open(device);
        using var arrays = new DeviceArrays(backend);
        float[] x = DeviceArrays.Normal(Count, 1);
        float[] w = DeviceArrays.Normal(Count, 2);
        (x[5], w[5]) = (float.NaN, 0);
        Tensor sums = arrays.Output(Starts.Length - 1);

        backend.Losses.SegmentSums(arrays.Reals(x), arrays.Reals(w), arrays.Integers(Starts), sums);

        float[] actual = arrays.Read(sums);
        for (int s = 0; s < actual.Length; s++)
        {
            double[] terms = [.. Enumerable.Range(Starts[s], Starts[s + 1] - Starts[s]).Where(t => w[t] != 0).Select(t => (double)w[t] * x[t])];
            Close(terms.Sum(), actual[s], (terms.Length + 1) * U * terms.Sum(Math.Abs), $"sum {s}");
        }
    }

    [Theory, MemberData(nameof(Devices))]
    public void SegmentSumsBackward_RaggedSequences_SpreadsOverTheRows(string device)
    {
        DeviceBackend backend = devices.Open(device);
        using var arrays = new DeviceArrays(backend);
        float[] dSums = DeviceArrays.Normal(Starts.Length - 1, 1);
        float[] w = DeviceArrays.Normal(Count, 2);
        Tensor dx = arrays.Output(Count);

        backend.Losses.SegmentSumsBackward(arrays.Reals(dSums), arrays.Reals(w), arrays.Integers(Starts), 0.125, dx);

        float[] actual = arrays.Read(dx);
        for (int s = 0; s < dSums.Length; s++)
        {
            for (int t = Starts[s]; t < Starts[s + 1]; t++)
            {
                Close(0.125 * w[t] * dSums[s], actual[t], 2 * U * Math.Abs(0.125 * w[t] * dSums[s]), $"row {t}");
            }
        }
    }

    [Theory, MemberData(nameof(Devices))]
    public void PairTerms_Logistic_MatchDoubleWithDerivatives(string device)
    {
        DeviceBackend backend = devices.Open(device);
        using var arrays = new DeviceArrays(backend);
        const int Pairs = 37;
        (float[] policy, float[] reference) = (DeviceArrays.Normal(2 * Pairs, 1, 40), DeviceArrays.Normal(2 * Pairs, 2, 40));
        int[] starts = [.. Enumerable.Range(0, (2 * Pairs) + 1)];
        (Tensor loss, Tensor dPolicy) = (arrays.Output(Pairs), arrays.Output(2 * Pairs));

        backend.Losses.PairTerms(
            new LogisticPair<Dual<DeviceFloat>>(0.1, 0.2), new PairTensors(arrays.Reals(policy), arrays.Reals(reference), arrays.Integers(starts)), loss, dPolicy);

        var formula = new LogisticPair<Dual<Dual<ScalarDouble>>>(0.1, 0.2);
        (float[] losses, float[] slopes) = (arrays.Read(loss), arrays.Read(dPolicy));
        for (int p = 0; p < Pairs; p++)
        {
            // Curvatures bound what the rounding of both ratios does to the slopes.
            (double c, double r) = (policy[2 * p] - (double)reference[2 * p], policy[(2 * p) + 1] - (double)reference[(2 * p) + 1]);
            Dual<Dual<ScalarDouble>> value = formula.Loss(Pair(c, r));
            (double slope, double curvature) = (value.Slope.Value.Value, value.Slope.Slope.Value);
            double size = Math.Abs(policy[2 * p]) + Math.Abs(reference[2 * p]) + Math.Abs(policy[(2 * p) + 1]) + Math.Abs(reference[(2 * p) + 1]);
            Close(value.Value.Value.Value, losses[p], PerTerm * U * (Math.Abs(value.Value.Value.Value) + (Math.Abs(slope) * size)), $"loss {p}");
            double bound = PerTerm * U * (0.1 + (Math.Abs(curvature) * size));
            Close(slope, slopes[2 * p], bound, $"slope of chosen {p}");
            Close(-slope, slopes[(2 * p) + 1], bound, $"slope of rejected {p}");
        }
    }

    [Theory, MemberData(nameof(Devices))]
    public void TokenTerms_EveryFormula_MatchDoubleWithDerivatives(string device)
    {
        DeviceBackend backend = devices.Open(device);
        const double None = double.PositiveInfinity;

        Check(backend, default(NegativeLogLikelihood<Dual<DeviceFloat>>), default(NegativeLogLikelihood<Dual<ScalarDouble>>));
        Check(backend, default(DynamicFineTuning<Dual<DeviceFloat>>), default(DynamicFineTuning<Dual<ScalarDouble>>));
        Check(backend, default(PolicyGradient<Dual<DeviceFloat>>), default(PolicyGradient<Dual<ScalarDouble>>));
        Check(backend, default(UnclippedRatio<Dual<DeviceFloat>>), default(UnclippedRatio<Dual<ScalarDouble>>));
        Check(backend, default(AbsoluteLogRatio<Dual<DeviceFloat>>), default(AbsoluteLogRatio<Dual<ScalarDouble>>));
        Check(backend, new ClippedRatio<Dual<DeviceFloat>>(0.2, 0.28, None, 3), new ClippedRatio<Dual<ScalarDouble>>(0.2, 0.28, None, 3));
        Check(backend, new WeightedPolicyGradient<Dual<DeviceFloat>>(0, 1.5), new WeightedPolicyGradient<Dual<ScalarDouble>>(0, 1.5));
        Check(backend, new SoftGate<Dual<DeviceFloat>>(1, 1.05), new SoftGate<Dual<ScalarDouble>>(1, 1.05));
        Check(backend, new OneSidedLogRatio<Dual<DeviceFloat>>(0.4, 0.3), new OneSidedLogRatio<Dual<ScalarDouble>>(0.4, 0.3));
        Check(
            backend,
            new GammaWeightedPolicyGradient<Dual<DeviceFloat>>(new(2, 3, 3, 2)),
            new GammaWeightedPolicyGradient<Dual<ScalarDouble>>(new(2, 3, 3, 2)));
        Check(
            backend, new ReferenceKl<Dual<DeviceFloat>, KlK1<Dual<DeviceFloat>>>(new(None), false), new ReferenceKl<Dual<ScalarDouble>, KlK1<Dual<ScalarDouble>>>(new(None), false));
        Check(
            backend, new ReferenceKl<Dual<DeviceFloat>, KlK2<Dual<DeviceFloat>>>(new(None), true), new ReferenceKl<Dual<ScalarDouble>, KlK2<Dual<ScalarDouble>>>(new(None), true));
        Check(
            backend, new ReferenceKl<Dual<DeviceFloat>, KlK3<Dual<DeviceFloat>>>(new(20, 10), true), new ReferenceKl<Dual<ScalarDouble>, KlK3<Dual<ScalarDouble>>>(new(20, 10), true));
        Check(
            backend,
            new ReferenceKl<Dual<DeviceFloat>, KlAbsolute<Dual<DeviceFloat>>>(new(None), false),
            new ReferenceKl<Dual<ScalarDouble>, KlAbsolute<Dual<ScalarDouble>>>(new(None), false));
    }

    private static Dual<Dual<ScalarDouble>> Along(double value, double slope) =>
        new(new Dual<ScalarDouble>(new ScalarDouble(value), new ScalarDouble(slope)), Dual<ScalarDouble>.Constant(slope));

    private static Pair<Dual<Dual<ScalarDouble>>> Pair(double chosen, double rejected)
    {
        (Dual<Dual<ScalarDouble>> c, Dual<Dual<ScalarDouble>> r) = (Along(chosen, 1), Along(rejected, 0));
        Dual<Dual<ScalarDouble>> one = Along(1, 0);
        return new() { ChosenRatio = c, RejectedRatio = r, ChosenScore = c, RejectedScore = r, ChosenTokens = one, RejectedTokens = one, Margin = Along(0, 0), Label = one };
    }

    /// <summary>
    /// All numbers that these formulas pass through are, for log-ratios within a few nats, below the sum of 1, the ratios and the inputs, times the advantage: an
    /// absolute error of <see cref="PerTerm"/> roundings of that.
    /// </summary>
    private static void Check<TDevice, THost>(DeviceBackend backend, TDevice onDevice, THost onHost)
        where TDevice : struct, ITokenFormula<Dual<DeviceFloat>>
        where THost : struct, ITokenFormula<Dual<ScalarDouble>>
    {
        using var arrays = new DeviceArrays(backend);
        float[] logProb = [.. DeviceArrays.Normal(Count, 1).Select(static x => -Math.Abs(x))];
        (float[] ratio, float[] reference, float[] sequence, float[] advantage) =
            (DeviceArrays.Normal(Count, 2, 0.5), DeviceArrays.Normal(Count, 3), DeviceArrays.Normal(Count, 4), DeviceArrays.Normal(Count, 5));
        TokenTensors tokens = new(arrays.Reals(logProb), arrays.Reals(ratio), arrays.Reals(reference), arrays.Reals(sequence), arrays.Reals(advantage));
        TokenResults results = new(arrays.Output(Count), arrays.Output(Count), arrays.Output(Count));

        backend.Losses.TokenTerms(onDevice, tokens, results);

        (float[] value, float[] dLogProb, float[] dLogRatio) = (arrays.Read(results.Value), arrays.Read(results.DLogProb), arrays.Read(results.DLogRatio));
        for (int t = 0; t < Count; t++)
        {
            Token<Dual<ScalarDouble>> Token(double along, double alongRatio) => new()
            {
                LogProb = Slope(logProb[t], along),
                LogRatio = Slope(ratio[t], alongRatio),
                ReferenceLogRatio = Slope(reference[t], along),
                SequenceLogRatio = Slope(sequence[t], 0),
                Advantage = Slope(advantage[t], 0),
            };
            double size = 1 + Math.Exp(Math.Abs(ratio[t])) + Math.Exp(Math.Abs(reference[t])) + Math.Exp(Math.Abs(sequence[t]));
            double bound = PerTerm * U * size * (1 + Math.Abs(logProb[t])) * Math.Max(1, Math.Abs(advantage[t]));
            Dual<ScalarDouble> first = onHost.Value(Token(1, 0));
            Close(first.Value.Value, value[t], bound, $"{typeof(THost).Name} value {t}");
            Close(first.Slope.Value, dLogProb[t], bound, $"{typeof(THost).Name} dLogProb {t}");
            Close(onHost.Value(Token(0, 1)).Slope.Value, dLogRatio[t], bound, $"{typeof(THost).Name} dLogRatio {t}");
        }
    }

    private static Dual<ScalarDouble> Slope(double value, double slope) => new(new ScalarDouble(value), new ScalarDouble(slope));

    private static void Close(double expected, double actual, double bound, string what) =>
        Assert.True(Math.Abs(expected - actual) <= bound, $"{what}: expected {expected:R}, got {actual:R}, bound {bound:E2}");
}
