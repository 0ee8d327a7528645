using FastAlign.Core;
using FastAlign.Gpu;
using FastAlign.Kernels.Device;

namespace FastAlign.Kernels.Conformance;

/// <summary>A paired formula with its derivatives, over pairs whose log-ratios are negative, as log-probs are; sequences of no rows count one.</summary>
/// <typeparam name="TFormula">The formula on devices.</typeparam>
internal sealed class PairTermCase<TFormula> : DeviceCase
    where TFormula : struct, IPairFormula<Dual<DeviceFloat>>
{
    // Beyond a group of threads.
    private const int Pairs = 131;

    private readonly IPairFormula<Dual<ScalarDouble>> _exact = (IPairFormula<Dual<ScalarDouble>>)FormulaTwins.Twin<TFormula, Dual<DeviceFloat>, Dual<ScalarDouble>>();
    private readonly IPairFormula<Dual<BoundedLane>> _bounded = (IPairFormula<Dual<BoundedLane>>)FormulaTwins.Twin<TFormula, Dual<DeviceFloat>, Dual<BoundedLane>>();
    private readonly TFormula _formula = FormulaTwins.Create<TFormula>();

    public PairTermCase(string name)
        : base("pair_terms", name)
    {
        Normals("policy", 2 * Pairs, static x => -3 * Math.Abs(x));
        Normals("reference", 2 * Pairs, Math.Abs);
        Integers("rowStarts", Starts(Enumerable.Range(0, 2 * Pairs).Select(static s => s % 5)));
        Normals("margin", Pairs, static x => x);
        Normals("label", Pairs, static x => x < 0 ? 1 : Math.Exp(-x));
        Output("loss", new Shape(Pairs));
        Output("dPolicy", new Shape(2 * Pairs));
    }

    // Twice some hundred and fifty operations of a formula on dual numbers.
    public override long ForwardFlops => 300L * Pairs;

    internal override void Forward(DeviceLosses losses, CaseTensors t) =>
        losses.PairTerms(_formula, new PairTensors(t["policy"], t["reference"], t["rowStarts"], t["margin"], t["label"]), t["loss"], t["dPolicy"]);

    internal override void Expect(CaseTensors t)
    {
        for (int p = 0; p < Pairs; p++)
        {
            for (int side = 0; side < 2; side++)
            {
                Dual<ScalarDouble> value = _exact.Loss(Pair<ScalarDouble>(p, side, static x => new ScalarDouble(x)));
                Reals(t["loss"])[p] = value.Value.Value;
                Reals(t["dPolicy"])[(2 * p) + side] = value.Slope.Value;
            }
        }
    }

    internal override void BoundForward(Values v, double u, Values bounds)
    {
        (bounds["loss"], bounds["dPolicy"]) = (new double[Pairs], new double[2 * Pairs]);
        for (int p = 0; p < Pairs; p++)
        {
            for (int side = 0; side < 2; side++)
            {
                Dual<BoundedLane> value = _bounded.Loss(Pair<BoundedLane>(p, side, static x => new BoundedLane(x, 0)));
                bounds["loss"][p] = value.Value.Error;
                bounds["dPolicy"][(2 * p) + side] = value.Slope.Error;
            }
        }
    }

    /// <summary>Operands are read from the case: the oracle and its bound see the same numbers.</summary>
    private Pair<Dual<T>> Pair<T>(int p, int side, Func<double, T> exact)
        where T : struct, ILane<T>
    {
        Dual<T> Ratio(int sequence, bool isVariable) =>
            new(exact(Find("policy").Values[sequence]) - exact(Find("reference").Values[sequence]), T.Constant(isVariable ? 1 : 0));
        Dual<T> Tokens(int sequence) => Dual<T>.Constant(Math.Max(1, Find("rowStarts").Values[sequence + 1] - Find("rowStarts").Values[sequence]));
        Dual<T> chosen = Ratio(2 * p, side == 0);
        Dual<T> rejected = Ratio((2 * p) + 1, side == 1);
        return new()
        {
            ChosenRatio = chosen,
            RejectedRatio = rejected,
            ChosenScore = chosen,
            RejectedScore = rejected,
            ChosenTokens = Tokens(2 * p),
            RejectedTokens = Tokens((2 * p) + 1),
            Margin = Dual<T>.Fixed(exact(Find("margin").Values[p])),
            Label = Dual<T>.Fixed(exact(Find("label").Values[p])),
        };
    }
}
