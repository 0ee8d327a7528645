using FastAlign.Core;
using FastAlign.Kernels;

namespace FastAlign.Alignment;

/// <summary>
/// Every policy loss by its name. A new one is a formula, a line in <see cref="Create"/> and one in <see cref="All"/>. Dialects: the ratio of tokens is bounded to e^(+-20) in verl and
/// openrlhf; see the entries for more.
/// </summary>
public static class PolicyLosses
{
    private const double LogRatioLimit = 20;
    private const double VerlSequenceLimit = 10;
    private const double VerlDualClip = 3;

    /// <summary>What users are told about each.</summary>
    public static IReadOnlyList<LossInfo> All => PolicyLossInfo.All;

    /// <summary>The loss called <paramref name="lossType"/>.</summary>
    /// <exception cref="InputException">No such loss, or an option outside its range.</exception>
    public static PolicyLoss Create(string lossType, PolicyOptions options)
    {
        options.Validate();
        PolicyParts parts = lossType switch
        {
            "ppo" or "bnpo" => Clipped(options, Normalizer.Tokens),
            "grpo" => Clipped(options, Normalizer.SequenceMeans),
            "dr_grpo" => Clipped(options, Normalizer.SequencesTimes(options.MaxCompletionLength)),
            "dapo" => Clipped(options, Normalizer.RolloutTokens),
            "luspo" => Clipped(options, Normalizer.Sequences),
            "gspo" => Gspo(options),
            "gspo_token" => Clipped(options, Normalizer.SequenceMeans) with { Level = RatioLevel.SequenceToken },
            "gmpo" => Gmpo(options),
            "rloo" => Whole(options, Clipped(options, Normalizer.SequenceMeans), RatioLevel.WholeSum),
            "async_grpo" => AsyncGrpo(options),
            "cispo" => Cispo(options),
            "sapo" => Sapo(options),
            "vespo" => Vespo(options),
            "gpg" => Plain(options, new TokenTerm<PolicyGradient<Dual<ScalarDouble>>>(default), Normalizer.Tokens),
            "clip_cov" => Clipped(options, Normalizer.Tokens) with { Covariance = options.Covariance ?? new CovarianceRule(CovarianceEffect.Drop) },
            "kl_cov" => Plain(options, new TokenTerm<UnclippedRatio<Dual<ScalarDouble>>>(default), Normalizer.Tokens) with
            {
                Covariance = (options.Covariance ?? new CovarianceRule(CovarianceEffect.Penalize)) with { Effect = CovarianceEffect.Penalize },
            },
            _ => throw new InputException($"loss_type: expected one of {string.Join(", ", All.Select(info => info.Name))}, found {lossType}"),
        };
        parts = parts with { Name = lossType, Warnings = PolicyWarnings.Of(lossType, options) };
        return new PolicyLoss(parts.Level == RatioLevel.Token && options.Dialect is Dialect.Verl or Dialect.OpenRlhf ? parts with { LogRatioLimit = LogRatioLimit } : parts);
    }

    /// <summary>What all losses have in common.</summary>
    private static PolicyParts Plain(PolicyOptions options, ITokenTerm surrogate, Normalizer normalizer) => new()
    {
        Name = string.Empty,
        Surrogate = surrogate,
        Normalizer = options.Aggregation ?? normalizer,
        Level = options.Level,
        Beta = options.Beta,
        Kl = Kl(options, options.IsKlCorrected),
        OffPolicyThreshold = options.OffPolicyThreshold,
        TopEntropyShare = options.TopEntropyShare,
        Entropy = options.Entropy,
    };

    /// <summary>One loss per sequence; the ratio belongs to none of its tokens, so their KL is not corrected by it.</summary>
    private static PolicyParts Whole(PolicyOptions options, PolicyParts parts, RatioLevel level) => parts with { Level = level, Kl = Kl(options, isCorrected: false) };

    private static ITokenTerm? Kl(PolicyOptions options, bool isCorrected) =>
        options.Beta > 0 ? KlEstimators.Term(options.KlEstimator, options.Dialect, isCorrected) : null;

    private static PolicyParts Clipped(PolicyOptions options, Normalizer normalizer)
    {
        double delta = options.Delta ?? double.PositiveInfinity;
        double dual = options.DualClip ?? (options.Dialect == Dialect.Verl ? VerlDualClip : double.PositiveInfinity);
        var surrogate = new ClippedRatio<Dual<ScalarDouble>>(options.Epsilon, options.High, delta, dual);
        return Plain(options, new TokenTerm<ClippedRatio<Dual<ScalarDouble>>>(surrogate), normalizer) with
        {
            Report = new PolicyReport { Least = 1 - options.Epsilon, Most = 1 + options.High, Cap = delta },
        };
    }

    /// <summary>verl reads GSPO as GSPO-token and bounds the log-ratio of the sequence by 10 from above.</summary>
    private static PolicyParts Gspo(PolicyOptions options) => options.Dialect == Dialect.Verl
        ? Clipped(options, Normalizer.SequenceMeans) with { Level = RatioLevel.SequenceToken, MaxLogRatio = VerlSequenceLimit }
        : Clipped(options, Normalizer.SequenceMeans) with { Level = RatioLevel.Sequence };

    private static PolicyParts Gmpo(PolicyOptions options) =>
        Whole(options, Plain(options, new TokenTerm<UnclippedRatio<Dual<ScalarDouble>>>(default), Normalizer.SequenceMeans), RatioLevel.WholeMean) with
        {
            LogRatioClip = new TokenTerm<OneSidedLogRatio<Dual<ScalarDouble>>>(new OneSidedLogRatio<Dual<ScalarDouble>>(options.Epsilon, options.High)),
            Report = new PolicyReport { Least = Math.Exp(-options.Epsilon), Most = Math.Exp(options.High) },
        };

    private static PolicyParts AsyncGrpo(PolicyOptions options)
    {
        PolicyParts clipped = Clipped(options, Normalizer.Tokens);
        return clipped with { Report = clipped.Report with { ShowsRatio = true } };
    }

    /// <summary>trl caps the ratio by epsilon_high itself; the others keep it in [1 - epsilon, 1 + epsilon_high], as the paper does.</summary>
    private static PolicyParts Cispo(PolicyOptions options)
    {
        bool isCap = options.Dialect == Dialect.Trl;
        double most = isCap ? options.High : 1 + options.High;
        var surrogate = new WeightedPolicyGradient<Dual<ScalarDouble>>(isCap ? 0 : 1 - options.Epsilon, most);
        return Plain(options, new TokenTerm<WeightedPolicyGradient<Dual<ScalarDouble>>>(surrogate), Normalizer.RolloutTokens) with
        {
            Report = new PolicyReport { Most = most, IsWeightClip = true },
        };
    }

    private static PolicyParts Sapo(PolicyOptions options)
    {
        var surrogate = new SoftGate<Dual<ScalarDouble>>(options.SapoTemperaturePositive, options.SapoTemperatureNegative);
        return Plain(options, new TokenTerm<SoftGate<Dual<ScalarDouble>>>(surrogate), Normalizer.SequenceMeans);
    }

    private static PolicyParts Vespo(PolicyOptions options)
    {
        var weight = new GammaWeight<Dual<ScalarDouble>>(
            options.VespoKPositive, options.VespoLambdaPositive, options.VespoKNegative, options.VespoLambdaNegative);
        var surrogate = new GammaWeightedPolicyGradient<Dual<ScalarDouble>>(weight);
        return Plain(options, new TokenTerm<GammaWeightedPolicyGradient<Dual<ScalarDouble>>>(surrogate), Normalizer.RolloutTokens) with
        {
            Report = new PolicyReport { SequenceWeight = new TokenTerm<GammaWeight<Dual<ScalarDouble>>>(weight) },
        };
    }
}
