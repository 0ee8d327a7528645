using FastAlign.Core;
using FastAlign.Kernels;

namespace FastAlign.Alignment;

using Lane = Dual<ScalarDouble>;

/// <summary>Paired and listwise losses by name. A new one is a formula, a line in its design, and its description.</summary>
public static class PairLosses
{
    /// <summary>Values of <c>loss_type</c> for <c>dpo</c>: TRL's fifteen, then those of papers.</summary>
    public static IReadOnlyList<string> DpoNames { get; } =
    [
        "sigmoid", "hinge", "ipo", "exo_pair", "nca_pair", "robust", "bco_pair", "sppo_hard", "aot", "aot_unpaired", "apo_zero", "apo_down", "discopop",
        "sft", "sigmoid_norm", "mmpo", "cpl", "sr_dpo", "sr_ipo", "rebel", "inpo", "onpo", "egpo", "dno",
    ];

    /// <summary>Values of <c>loss_type</c> for <c>cpo</c>.</summary>
    public static IReadOnlyList<string> CpoNames { get; } = ["sigmoid", "hinge", "ipo", "simpo", "slic", "cpl"];

    /// <summary>Values of <c>loss_type</c> for <c>tpo</c>.</summary>
    public static IReadOnlyList<string> TpoNames { get; } = ["sigmoid", "hinge", "ipo", "tpo-l"];

    /// <summary>Values of <c>loss_type</c> for <c>lipo</c>.</summary>
    public static IReadOnlyList<string> ListNames { get; } = ["lambda", "logistic", "hinge", "list_mle", "softmax", "mse", "sigmoid"];

    /// <summary>Every loss of the family, described.</summary>
    public static IReadOnlyList<LossInfo> All { get; } = [.. DpoLossInfos.All, .. PaperLossInfos.All, .. OtherPairLossInfos.All];

    /// <summary>A loss that compares pairs under policy and reference; several formulas make a mixture (MPO).</summary>
    /// <exception cref="InputException">No such loss, an option outside its range, or options that exclude each other.</exception>
    public static PairLoss Dpo(DpoOptions options) => new(DpoDesign.Create(options));

    /// <summary>A loss of pairs without a reference: CPO, SimPO, AlphaPO, SLiC-HF, CPL.</summary>
    /// <exception cref="InputException">No such loss, or an option outside its range.</exception>
    public static PairLoss Cpo(CpoOptions options) => new(LogProbDesign.Cpo(options));

    /// <summary>ORPO: examples are chosen, rejected, prompt.</summary>
    /// <param name="beta">Weight of the odds part, above 0. <c>beta</c></param>
    /// <exception cref="InputException">An option is outside its range.</exception>
    public static PairLoss Orpo(double beta = 0.1) => new(LogProbDesign.Orpo(beta));

    /// <summary>TPO: examples are chosen, rejected, demonstration.</summary>
    /// <exception cref="InputException">No such loss, or an option outside its range.</exception>
    public static PairLoss Tpo(TpoOptions options) => new(LogProbDesign.Tpo(options));

    /// <summary>DPO or IPO (on sums) on judged samples: the completion with the higher <see cref="Column.Reward"/> is chosen.</summary>
    /// <param name="lossType">sigmoid or ipo.</param>
    /// <param name="beta">Inverse temperature, above 0. <c>beta</c></param>
    /// <param name="missingEosPenalty">Taken from rewards of completions that were cut off. <c>missing_eos_penalty</c></param>
    /// <exception cref="InputException">No such loss, or an option outside its range.</exception>
    public static PairLoss OnlineDpo(string lossType, double beta, double missingEosPenalty = 0)
    {
        OptionRange.RequireFinite("missing_eos_penalty", missingEosPenalty);
        var reading = new PairReading { IsOrderedByReward = true, MissingEosPenalty = missingEosPenalty };
        return new PairLoss(Sampled(lossType, beta) with { Reading = reading, Report = new OnlineReport(reading, beta) });
    }

    /// <summary>XPO: DPO or IPO (on sums) of a sample of the policy and one of the reference, and optimism.</summary>
    /// <param name="lossType">sigmoid or ipo.</param>
    /// <param name="beta">Inverse temperature, above 0. <c>beta</c></param>
    /// <param name="alpha">Weight of optimism, at least 0. <c>alpha</c></param>
    /// <exception cref="InputException">No such loss, or an option outside its range.</exception>
    public static XpoLoss Xpo(string lossType, double beta, double alpha)
    {
        OptionRange.RequireAtLeastZero("alpha", alpha);
        return new XpoLoss(new PairLoss(Sampled(lossType, beta)), alpha);
    }

    /// <summary>A loss over lists of completions: Plackett-Luce, LiPO-lambda and the others of its paper.</summary>
    /// <exception cref="InputException">No such loss, or an option outside its range.</exception>
    public static ILoss List(ListOptions options)
    {
        OptionRange.RequireAboveZero("beta", options.Beta);
        return options.LossType switch
        {
            "lambda" => Of(options, new LogisticList(isWeighted: true)),
            "logistic" => Of(options, new LogisticList(isWeighted: false)),
            "hinge" => Of(options, new HingeList()),
            "list_mle" => Of(options, new PlackettLuceList()),
            "softmax" => Of(options, new SoftmaxList()),
            "mse" => Of(options, new SquaredList()),
            "sigmoid" => Of(options, new SigmoidList()),
            _ => throw new InputException($"loss_type: expected {string.Join(", ", ListNames)}, found {options.LossType}"),
        };
    }

    private static ListLoss<TFormula> Of<TFormula>(ListOptions options, TFormula formula)
        where TFormula : struct, IListFormula => new(options.LossType, formula, options.Beta, options.IsMean);

    private static PairDesign Sampled(string lossType, double beta)
    {
        OptionRange.RequireAboveZero("beta", beta);
        IPairTerm term = lossType switch
        {
            "sigmoid" => new FormulaTerm<LogisticPair<Lane>>(new(beta)),
            "ipo" => new FormulaTerm<SquaredPair<Lane>>(new(1, 0.5 / beta)),
            _ => throw new InputException($"loss_type: expected sigmoid or ipo, found {lossType}"),
        };
        return new PairDesign { Name = lossType, Beta = beta, Terms = [new WeightedPairTerm(term)] };
    }
}
