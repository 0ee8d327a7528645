using FastAlign.Core;
using FastAlign.Kernels;

namespace FastAlign.Alignment;

/// <summary>Losses of completions that are judged one by one: a thumb up or down, or a reward.</summary>
public static class UnpairedLosses
{
    // Authors' code of NFT: the sum over tokens is divided by this, whatever the lengths.
    private const double NftTokens = 1000;

    /// <summary>What users are told of each.</summary>
    public static IReadOnlyList<LossInfo> All { get; } =
    [
        new(
            "kto", "kto",
            "desirable w_d (1 - sigmoid(beta (h - kl))), undesirable w_u (1 - sigmoid(beta (kl - h))); h = log pi - log ref of the completion, "
            + "kl = max(0, mean of log pi - log ref over completions of other prompts), no gradient; mean over completions",
            "Ethayarajh et al., 2024, KTO: Model Alignment as Prospect Theoretic Optimization, equation 8",
            "half the mean weight at step 0 (0.5 with weights of 1), because h = kl = 0; falls towards 0 as desirable completions become likelier than "
            + "under the reference by more than kl and undesirable ones less; kl rises as the policy leaves the reference")
        {
            Options = ["beta", "desirable_weight", "undesirable_weight", "kl_scope"],
            Dialects =
            [
                "trl: kl is the mean over all mismatched completions",
                "original: kl is the mean over those whose log-ratio is not 0",
                "kl_scope micro_batch: TRL pairs within each per_device_train_batch_size rows of the file, before it shuffles, and averages within micro-batches; step, the default, pairs and averages over the whole step, however it was shuffled",
            ],
        },
        new(
            "apo_zero_unpaired", "kto",
            "desirable w_d (1 - sigmoid(beta h)), undesirable w_u sigmoid(beta h); mean over completions",
            "D'Oosterlinck et al., 2024, Anchored Preference Optimization",
            "half the mean weight at step 0; as kto with a kl of 0: needs no mismatched completions and half the work")
        {
            Options = ["beta", "desirable_weight", "undesirable_weight"],
        },
        new(
            "bco", "bco",
            "desirable -log sigmoid(beta h - delta), undesirable -u log sigmoid(delta - beta h); delta = mean of beta h over all completions since the start; "
            + "u = clip(p/(1-p), min, max) with udm, p the probability that such a prompt comes with a desirable completion, else 1; mean over completions",
            "Jung et al., 2024, Binary Classifier Optimization for Large Language Model Alignment, equations 9 and 12",
            "ln 2 = 0.6931 at step 0 without udm, because policy = reference; falls as rewards of the two classes part around delta")
        {
            Options = ["beta", "udm", "min_density_ratio", "max_density_ratio"],
            Dialects = ["trl: delta moves before it is used, in every training step", "dpo's bco_pair: the same two terms on a pair, without delta"],
        },
        new(
            "dro", "dro",
            "policy (r - V - tau h)^2 / (2 tau), value (r - V - tau h)^2 / 2; V the value of the prompt by a network of its own, the mean of its scores of the prompt's tokens (DRO-V), or "
            + "the mean of r - tau h over the step (DRO-P, value_network false); mean over completions",
            "Richemond et al., 2024, Offline Regularised Reinforcement Learning for Large Language Models Alignment, equations 4, 7 and 8",
            "half the mean of (r - V)^2 over tau at step 0, because h = 0; falls towards the noise of the rewards that no policy explains")
        {
            Options = ["tau", "value_network", "value_learning_rate_ratio"],
            Dialects = ["original: the policy's gradient is rescaled by 1/tau, as here; which tokens have the values that are averaged the paper leaves open; other engines' dro, a token-level form, is another method"],
        },
        new(
            "feedback", "kto",
            "-sg(c) r h; r = 1 or -1, c = 1 for r >= 0, else min(e^h, max_importance_weight); h against the policy that acted; mean over completions",
            "Suhr and Artzi, 2023, Continual Learning for Instruction Following from Realtime Feedback",
            "0 at step 0, because h = 0; falls without a floor on positive signals, and stops at improbable actions on negative ones")
        {
            Options = ["max_importance_weight"],
        },
        new(
            "nft", "kto",
            "-w [r log R + n (1-r) log maxv((1 - q R)/(1-q), eps)] per token; R = pi/old, q the prompt's share of right answers, w = 1-q, sqrt((1-q)/q) or 1; "
            + "sum over the tokens of the step over their number",
            "Chen et al., 2025, Bridging Supervised Learning and Reinforcement Learning in Math Reasoning, equation 10",
            "0 at step 0, because policy = old policy; its first gradient is Dr. GRPO's (w = 1-q) or GRPO's (the root)")
        {
            Options = ["epsilon", "negative_weight", "pass_rate_weight"],
            Dialects = ["trl: has no NFT; divides by the tokens of the step", "original: divides by 1000, the authors' constant"],
        },
    ];

    /// <summary>Values of <c>loss_type</c>.</summary>
    public static IEnumerable<string> Names => All.Select(info => info.Name);

    /// <summary>The loss called <paramref name="name"/>.</summary>
    /// <exception cref="InputException">No such loss, or an option outside its range.</exception>
    public static ILoss Create(string name, UnpairedOptions options)
    {
        options.Validate();
        double beta = options.Beta;
        var weights = new SequenceWeights(options.DesirableWeight, options.UndesirableWeight);
        return name switch
        {
            "kto" => Prospect(name, beta, new MismatchedKl(options.KlScope, options.Dialect), weights),
            "apo_zero_unpaired" => Prospect(name, beta, new NoBaseline(UnpairedMetrics.Kl), weights),
            "bco" => Classifier(name, options),
            "dro" => Direct(name, options),
            "feedback" => new SequenceLoss<FeedbackSequence<Dual<ScalarDouble>>>(name, new(options.MaxImportanceWeight), new NoBaseline(), SequenceWeights.Equal, beta),
            "nft" => new NegativeAwareLoss(
                options.Epsilon, options.NegativeWeight, options.PassRateWeight, options.Dialect == Dialect.Original ? Normalizer.Fixed(NftTokens) : Normalizer.Tokens),
            _ => throw new InputException($"loss_type: expected one of {string.Join(", ", Names)}, found {name}"),
        };
    }

    private static SequenceLoss<ProspectSequence<Dual<ScalarDouble>>> Prospect(string name, double beta, ISequenceBaseline baseline, SequenceWeights weights) =>
        new(name, new(beta), baseline, weights, beta);

    private static SequenceLoss<BinaryClassifierSequence<Dual<ScalarDouble>>> Classifier(string name, UnpairedOptions options)
    {
        SequenceWeights weights = SequenceWeights.Equal with { DensityRatio = options.HasDensityRatio ? (options.MinDensityRatio, options.MaxDensityRatio) : null };
        return new(name, new(options.Beta), new RunningReward(options.Beta, new RunningMoments()), weights, options.Beta);
    }

    private static SequenceLoss<DirectRewardSequence<Dual<ScalarDouble>>> Direct(string name, UnpairedOptions options) => new(
        name, new(options.Tau), options.HasValueNetwork ? new ValueBaseline() : new MeanResidualBaseline(options.Tau), SequenceWeights.Equal, options.Tau);
}
