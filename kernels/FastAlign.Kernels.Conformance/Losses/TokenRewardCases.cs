using FastAlign.Core;
using FastAlign.Gpu;
using FastAlign.Kernels.Device;

namespace FastAlign.Kernels.Conformance;

/// <summary>Rewards minus the price of an estimated KL.</summary>
/// <typeparam name="TEstimate">The estimate on devices.</typeparam>
internal sealed class KlShapingCase<TEstimate> : DeviceCase
    where TEstimate : struct, IKlEstimate<DeviceFloat>
{
    private const int Rows = 131;
    private const double Coefficient = 0.05;

    public KlShapingCase(string name)
        : base("token_rewards", name)
    {
        Normals("logProb", Rows, static x => -Math.Abs(x));
        Normals("reference", Rows, static x => -Math.Abs(x));
        Sum("rewards", new Shape(Rows));
    }

    public override long ForwardFlops => 50L * Rows;

    internal override void Forward(DeviceLosses losses, CaseTensors t) =>
        losses.SubtractKl(FormulaTwins.Create<TEstimate>(), Coefficient, t["logProb"], t["reference"], t["rewards"]);

    internal override void Expect(CaseTensors t)
    {
        var estimate = (IKlEstimate<ScalarDouble>)FormulaTwins.Twin<TEstimate, DeviceFloat, ScalarDouble>();
        for (int i = 0; i < Rows; i++)
        {
            ScalarDouble kl = estimate.Of(new ScalarDouble(Reals(t["logProb"])[i] - Reals(t["reference"])[i]));
            Reals(t["rewards"])[i] = new ShapedReward<ScalarDouble>(Coefficient).Of(new ScalarDouble(Reals(t["rewards"])[i]), kl).Value;
        }
    }

    internal override void BoundForward(Values v, double u, Values bounds)
    {
        var estimate = (IKlEstimate<BoundedLane>)FormulaTwins.Twin<TEstimate, DeviceFloat, BoundedLane>();
        bounds["rewards"] = new double[Rows];
        for (int i = 0; i < Rows; i++)
        {
            BoundedLane kl = estimate.Of(new BoundedLane(v["logProb"][i], 0) - new BoundedLane(v["reference"][i], 0));
            bounds["rewards"][i] = new ShapedReward<BoundedLane>(Coefficient).Of(new BoundedLane(Find("rewards").Values[i], 0), kl).Error;
        }
    }
}

/// <summary>Rewards of spans that overlap, of which one is empty.</summary>
internal sealed class SpanRewardCase : DeviceCase
{
    private const int Rows = 131;
    private static readonly (int Start, int End)[] Spans = [(0, 131), (3, 4), (17, 17), (5, 40), (39, 130), (128, 131)];
    private readonly SpanPlacement _placement;

    public SpanRewardCase(string name, SpanPlacement placement)
        : base("token_rewards", name)
    {
        _placement = placement;
        Normals("spanRewards", Spans.Length, static x => x);
        Integers("starts", Spans.Select(static span => span.Start));
        Integers("ends", Spans.Select(static span => span.End));
        Sum("rewards", new Shape(Rows));
    }

    public override long ForwardFlops => 2L * Rows * Spans.Length;

    internal override void Forward(DeviceLosses losses, CaseTensors t) => losses.AddSpans(t["spanRewards"], t["starts"], t["ends"], _placement, t["rewards"]);

    internal override void Expect(CaseTensors t)
    {
        double[] added = Added(static x => x);
        for (int i = 0; i < Rows; i++)
        {
            Reals(t["rewards"])[i] += added[i];
        }
    }

    /// <summary>A division, and a sum of the start and every span.</summary>
    internal override void BoundForward(Values v, double u, Values bounds) => bounds["rewards"] =
        [.. Added(Math.Abs).Zip(Find("rewards").Values, (added, start) => (Spans.Length + 2) * u * (added + Math.Abs(start)))];

    private double[] Added(Func<double, double> map)
    {
        double[] rewards = new double[Rows];
        foreach (((int start, int end), double reward) in Spans.Zip(Find("spanRewards").Values))
        {
            for (int i = start; i < end; i++)
            {
                rewards[i] += _placement switch
                {
                    SpanPlacement.Each => map(reward),
                    SpanPlacement.Spread => map(reward) / (end - start),
                    _ => i == end - 1 ? map(reward) : 0,
                };
            }
        }

        return rewards;
    }
}

/// <summary>Rewards kept within bounds: exact.</summary>
internal sealed class RewardClipCase : DeviceCase
{
    private const int Rows = 131;
    private const double Least = -0.5;
    private const double Most = 0.75;

    public RewardClipCase(string name)
        : base("token_rewards", name) => Sum("rewards", new Shape(Rows));

    public override long ForwardFlops => 2L * Rows;

    internal override void Forward(DeviceLosses losses, CaseTensors t) => losses.ClipRewards(Least, Most, t["rewards"]);

    internal override void Expect(CaseTensors t)
    {
        foreach (ref double reward in Reals(t["rewards"]))
        {
            reward = Math.Clamp(reward, Least, Most);
        }
    }
}

/// <summary>Generalised advantage estimation over ragged sequences.</summary>
internal sealed class AdvantageCase : DeviceCase
{
    private const double Gamma = 0.97;
    private const double Lambda = 0.9;
    private readonly int[] _starts;

    public AdvantageCase(string name, params int[] lengths)
        : base("gae", name)
    {
        _starts = Starts(lengths);
        Normals("rewards", _starts[^1], static x => x);
        Normals("values", _starts[^1], static x => x);
        Integers("rowStarts", _starts);
        Output("advantages", new Shape(_starts[^1]));
        Output("returns", new Shape(_starts[^1]));
    }

    public override long ForwardFlops => 7L * _starts[^1];

    internal override void Forward(DeviceLosses losses, CaseTensors t) =>
        losses.Advantages(new AdvantageStep<DeviceFloat>(Gamma, Lambda), t["rewards"], t["values"], t["rowStarts"], t["advantages"], t["returns"]);

    internal override void Expect(CaseTensors t) => Run(static x => new ScalarDouble(x), (row, advantage, sum) =>
    {
        Reals(t["advantages"])[row] = advantage.Value;
        Reals(t["returns"])[row] = sum.Value;
    });

    internal override void BoundForward(Values v, double u, Values bounds)
    {
        (bounds["advantages"], bounds["returns"]) = (new double[_starts[^1]], new double[_starts[^1]]);
        Run(static x => new BoundedLane(x, 0), (row, advantage, sum) =>
        {
            bounds["advantages"][row] = advantage.Error;
            bounds["returns"][row] = sum.Error;
        });
    }

    private void Run<T>(Func<double, T> exact, Action<int, T, T> visit)
        where T : struct, ILane<T>
    {
        var step = new AdvantageStep<T>(Gamma, Lambda);
        for (int sequence = 0; sequence + 1 < _starts.Length; sequence++)
        {
            (T next, T nextValue) = (exact(0), exact(0));
            for (int row = _starts[sequence + 1] - 1; row >= _starts[sequence]; row--)
            {
                T value = exact(Find("values").Values[row]);
                next = step.Advantage(exact(Find("rewards").Values[row]), value, nextValue, next);
                nextValue = value;
                visit(row, next, next + value);
            }
        }
    }
}
