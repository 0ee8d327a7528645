using FastAlign.Core;
using FastAlign.Kernels;
using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>Losses of heads that judge: rewards, costs, reactions, reasoning steps.</summary>
public static class RewardLosses
{
    /// <summary>What users are told of each.</summary>
    public static IReadOnlyList<LossInfo> All { get; } =
    [
        new(
            "bradley_terry", "reward",
            "-l log sigmoid(x) - (1-l) log sigmoid(-x) + c (r_c + r_r)^2, x = r_c - r_r - margin; l the soft label, 1 if absent; mean over pairs",
            "Christiano et al., 2017; margin: Touvron et al., 2023 (Llama 2), equation 2; centering: Eisenstein et al., 2023",
            "ln 2 = 0.6931 where the head cannot tell the sides apart, as a new head nearly cannot; 0.5 is an accuracy of about 0.75 at calibrated margins; near 0 it has "
            + "memorised the pairs")
        {
            Options = ["center_rewards_coefficient", "ensemble", "frozen_trunk", "head_hidden"],
            Dialects =
            [
                "trl: margin inside the sigmoid, centering beside it",
                "openrlhf: the same loss; its log_exp form is log(1 + e^-x) without a stable form and overflows in float32 beyond 88",
            ],
        },
        new(
            "plackett_luce", "reward",
            "sum over k < K of log sum_{j >= k} e^(s_j) - s_k, completions best first; mean over lists",
            "Luce, 1959; Plackett, 1975",
            "ln K! for equal scores (ln 2 for pairs, 3.18 for four); for two completions it is bradley_terry")
        {
            Options = ["ensemble", "frozen_trunk", "head_hidden"],
        },
        new(
            "binary", "reward",
            "-w y log sigmoid(s) - (1-y) log sigmoid(-s), y the label; mean over completions",
            "binary cross-entropy; sparse user reactions: Han et al., 2025 (RLUF)",
            "ln 2 = 0.6931 at s = 0 and w = 1; the floor is the entropy of the labels: 0.098 for reactions of 2%. sigmoid(s) is the predicted rate if w = 1")
        {
            Options = ["positive_weight", "ensemble", "frozen_trunk", "head_hidden"],
        },
        new(
            "cost", "reward",
            "-log sigmoid(C_r - C_c) - log sigmoid(g_c C_c) - log sigmoid(g_r C_r) + k (C_c^2 + C_r^2)/2, the chosen side the safer one, g = 1 if harmful, -1 if safe; mean over pairs",
            "Dai et al., 2024 (Safe RLHF), equation 6",
            "3 ln 2 = 2.0794 where all costs are 0; a cost above 0 says harmful. accuracy and margin are of costs: they fall, for the chosen side costs less")
        {
            Options = ["cost_regularization", "ensemble", "frozen_trunk", "head_hidden"],
            Dialects = ["original: the authors' code adds the square of the costs, the paper does not: cost_regularization 0"],
        },
        new(
            "odin", "reward",
            "-log sigmoid(r_c - r_r) + a [(1 - rho(l, n)) + |rho(q, n)| + |rho(q + l, n)|] + b |v_Q . v_L|, r = q + l; rho over the step, n tokens of a sequence; two unit heads",
            "Chen et al., 2024 (ODIN)",
            "about ln 2 + a at step 0; length_correlation/quality goes to 0 and length_correlation/length to 1. The model that is saved has the quality head only")
        {
            Options = ["length_coefficient", "orthogonality_coefficient"],
            Dialects = ["trl, the default here: the authors' code, with the correlation of the sum", "original: the paper, without it"],
        },
        new(
            "goal_contrast", "reward",
            "bradley_terry + b [-log mean sigmoid(cos(h_s, h_g)) - log(1 - mean sigmoid(cos(h_s', h_g')))], s before g in the chosen response, g' in the rejected one",
            "Nath et al., 2024, Learning Goal-Conditioned Representations for Language Reward Models",
            "the term is 2 ln 2 for cosines of 0 and never below 0.6265, for cosines have no temperature")
        {
            Options = ["contrast_coefficient", "contrast_samples", "center_rewards_coefficient", "head_hidden"],
            Dialects = ["original: means over all pairs of positions and of the step, inside the logarithm, as the authors' code; the paper draws one source and one goal"],
        },
        new(
            "prm", "prm",
            "-log softmax(s_t)[y_t] at the end of each reasoning step; mean over labelled steps",
            "Lightman et al., 2023, Let's Verify Step by Step; token classification of transformers, as TRL's PRMTrainer",
            "ln 2 = 0.6931 at step 0 with two labels; the floor is the entropy of the labels given the steps"),
    ];

    /// <summary>Values of <c>loss_type</c> for <c>fastalign reward</c>.</summary>
    public static IEnumerable<string> Names => All.Where(info => info.Command == "reward").Select(info => info.Name);

    /// <summary>The loss called <paramref name="name"/>.</summary>
    /// <exception cref="InputException">No such loss, or an option outside its range.</exception>
    public static ILoss Create(string name, RewardOptions options)
    {
        options.Validate();
        ILoss one = CreateOne(name, options);
        return options.Members == 1 ? one
            : Labels(name) == 1 && one.Heads == ModelHeads.Score ? new EnsembleLoss(one, options.Members)
            : throw new InputException($"ensemble: expected 1 with loss_type {name}, which reads more than one score a completion, found {options.Members}");
    }

    private static ILoss CreateOne(string name, RewardOptions options) => name switch
    {
        "bradley_terry" => new RewardPairLoss<BradleyTerryReward<Dual<ScalarDouble>>>(name, new(options.Centering)),
        "plackett_luce" => new PlackettLuceLoss(),
        "binary" => new BinaryScoreLoss(options.PositiveWeight),
        "cost" => new RewardPairLoss<SignedCost<Dual<ScalarDouble>>>(name, new(options.CostRegularization)),
        "odin" => new OdinLoss(options),
        "goal_contrast" => new GoalContrastLoss(options),
        _ => throw new InputException($"loss_type: expected one of {string.Join(", ", Names)}, found {name}"),
    };

    /// <summary>Outputs of the head that a loss trains.</summary>
    public static int Labels(string name) => name == "odin" ? 2 : 1;
}
