using FastAlign.Core;
using FastAlign.Gpu;
using FastAlign.Kernels.Device;

namespace FastAlign.Kernels.Conformance;

/// <summary>A token formula with its derivatives along log-prob and log-ratio.</summary>
/// <typeparam name="TFormula">The formula on devices.</typeparam>
internal sealed class TokenTermCase<TFormula> : DeviceCase
    where TFormula : struct, ITokenFormula<Dual<DeviceFloat>>
{
    // Beyond a group of threads.
    private const int Tokens = 131;

    private readonly ITokenFormula<Dual<ScalarDouble>> _exact = (ITokenFormula<Dual<ScalarDouble>>)FormulaTwins.Twin<TFormula, Dual<DeviceFloat>, Dual<ScalarDouble>>();
    private readonly ITokenFormula<Dual<BoundedLane>> _bounded = (ITokenFormula<Dual<BoundedLane>>)FormulaTwins.Twin<TFormula, Dual<DeviceFloat>, Dual<BoundedLane>>();
    private readonly TFormula _formula = FormulaTwins.Create<TFormula>();

    public TokenTermCase(string name)
        : base("token_terms", name)
    {
        Normals("logProb", Tokens, static x => -Math.Abs(x));
        Normals("logRatio", Tokens, static x => x / 2);
        Normals("referenceLogRatio", Tokens, static x => x / 2);
        Normals("sequenceLogRatio", Tokens, static x => x);
        Normals("advantage", Tokens, static x => x);
        foreach (string output in (string[])["value", "dLogProb", "dLogRatio"])
        {
            Output(output, new Shape(Tokens));
        }
    }

    // Twice some hundred operations of a formula on dual numbers.
    public override long ForwardFlops => 200L * Tokens;

    internal override void Forward(DeviceLosses losses, CaseTensors t) => losses.TokenTerms(
        _formula,
        new TokenTensors(t["logProb"], t["logRatio"], t["referenceLogRatio"], t["sequenceLogRatio"], t["advantage"]),
        new TokenResults(t["value"], t["dLogProb"], t["dLogRatio"]));

    internal override void Expect(CaseTensors t)
    {
        for (int i = 0; i < Tokens; i++)
        {
            Dual<ScalarDouble> first = _exact.Value(Token<ScalarDouble>(i, 1, 0, static x => new ScalarDouble(x)));
            Reals(t["value"])[i] = first.Value.Value;
            Reals(t["dLogProb"])[i] = first.Slope.Value;
            Reals(t["dLogRatio"])[i] = _exact.Value(Token<ScalarDouble>(i, 0, 1, static x => new ScalarDouble(x))).Slope.Value;
        }
    }

    internal override void BoundForward(Values v, double u, Values bounds)
    {
        (bounds["value"], bounds["dLogProb"], bounds["dLogRatio"]) = (new double[Tokens], new double[Tokens], new double[Tokens]);
        for (int i = 0; i < Tokens; i++)
        {
            Dual<BoundedLane> first = _bounded.Value(Token<BoundedLane>(i, 1, 0, static x => new BoundedLane(x, 0)));
            bounds["value"][i] = first.Value.Error;
            bounds["dLogProb"][i] = first.Slope.Error;
            bounds["dLogRatio"][i] = _bounded.Value(Token<BoundedLane>(i, 0, 1, static x => new BoundedLane(x, 0))).Slope.Error;
        }
    }

    private Token<Dual<T>> Token<T>(int i, double along, double alongRatio, Func<double, T> exact)
        where T : struct, ILane<T>
    {
        Dual<T> Of(string name, double slope) => new(exact(Find(name).Values[i]), T.Constant(slope));
        return new()
        {
            LogProb = Of("logProb", along),
            LogRatio = Of("logRatio", alongRatio),
            ReferenceLogRatio = Of("referenceLogRatio", along),
            SequenceLogRatio = Of("sequenceLogRatio", 0),
            Advantage = Of("advantage", 0),
        };
    }
}
