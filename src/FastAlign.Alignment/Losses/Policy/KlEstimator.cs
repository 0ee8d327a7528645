using FastAlign.Core;
using FastAlign.Kernels;

namespace FastAlign.Alignment;

/// <summary>How KL(pi, ref) is estimated from sampled tokens; <c>d = log pi - log ref</c>.</summary>
public enum KlEstimator
{
    /// <summary><c>d</c></summary>
    K1,

    /// <summary><c>d^2 / 2</c></summary>
    K2,

    /// <summary><c>e^-d - 1 + d</c></summary>
    K3,

    /// <summary><c>|d|</c></summary>
    Absolute,

    /// <summary>Value of k1, gradient of k2.</summary>
    K1StraightThrough,

    /// <summary>Value of k3, gradient of k2.</summary>
    K3StraightThrough,
}

/// <summary>
/// The estimates in each dialect: trl and original bound nothing; verl bounds d of k3 by 20 and k3 by 10; openrlhf bounds every estimate by 10.
/// </summary>
public static class KlEstimators
{
    private const double VerlLogRatioLimit = 20;
    private const double EstimateLimit = 10;

    /// <summary>The estimator called <paramref name="name"/>: k1, k2, k3, abs, k1+ or k3+.</summary>
    /// <exception cref="InputException">No such estimator.</exception>
    public static KlEstimator Parse(string name) => name switch
    {
        "k1" => KlEstimator.K1,
        "k2" => KlEstimator.K2,
        "k3" => KlEstimator.K3,
        "abs" => KlEstimator.Absolute,
        "k1+" => KlEstimator.K1StraightThrough,
        "k3+" => KlEstimator.K3StraightThrough,
        _ => throw new InputException($"kl_estimator: expected k1, k2, k3, abs, k1+ or k3+, found {name}"),
    };

    /// <summary>KL of every token, nats.</summary>
    /// <param name="estimator">Which estimate.</param>
    /// <param name="dialect">Whose bounds.</param>
    /// <param name="policy">[R] log pi of the sampled tokens.</param>
    /// <param name="reference">[R] log ref of the same.</param>
    /// <param name="kl">[R] assigned.</param>
    public static void Evaluate(KlEstimator estimator, Dialect dialect, ReadOnlySpan<double> policy, ReadOnlySpan<double> reference, Span<double> kl)
    {
        ITokenTerm term = Term(estimator, dialect, isCorrected: false);
        Span<TokenValue> value = stackalloc TokenValue[1];
        for (int t = 0; t < policy.Length; t++)
        {
            term.Evaluate([new TokenStatistics(policy[t], 0, policy[t] - reference[t], 0, 0)], value);
            kl[t] = value[0].Value;
        }
    }

    /// <summary>The estimate as a term of a loss, multiplied by the ratio if it is corrected.</summary>
    internal static ITokenTerm Term(KlEstimator estimator, Dialect dialect, bool isCorrected)
    {
        double inputLimit = dialect == Dialect.Verl ? VerlLogRatioLimit : double.PositiveInfinity;
        double limit = dialect == Dialect.OpenRlhf ? EstimateLimit : double.PositiveInfinity;
        double k3Limit = dialect == Dialect.Verl ? EstimateLimit : limit;
        return estimator switch
        {
            KlEstimator.K1 => Term(new KlK1<Dual<ScalarDouble>>(limit), isCorrected),
            KlEstimator.K2 => Term(new KlK2<Dual<ScalarDouble>>(limit), isCorrected),
            KlEstimator.K3 => Term(new KlK3<Dual<ScalarDouble>>(inputLimit, k3Limit), isCorrected),
            KlEstimator.Absolute => Term(new KlAbsolute<Dual<ScalarDouble>>(limit), isCorrected),
            KlEstimator.K1StraightThrough => Term(
                new KlStraightThrough<Dual<ScalarDouble>, KlK1<Dual<ScalarDouble>>>(new KlK1<Dual<ScalarDouble>>(limit)), isCorrected),
            _ => Term(new KlStraightThrough<Dual<ScalarDouble>, KlK3<Dual<ScalarDouble>>>(new KlK3<Dual<ScalarDouble>>(inputLimit, k3Limit)), isCorrected),
        };
    }

    private static TokenTerm<ReferenceKl<Dual<ScalarDouble>, TEstimate>> Term<TEstimate>(TEstimate estimate, bool isCorrected)
        where TEstimate : struct, IKlEstimate<Dual<ScalarDouble>> => new(new ReferenceKl<Dual<ScalarDouble>, TEstimate>(estimate, isCorrected));
}
