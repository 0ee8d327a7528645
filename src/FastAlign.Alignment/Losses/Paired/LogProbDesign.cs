using FastAlign.Core;
using FastAlign.Kernels;

namespace FastAlign.Alignment;

using Lane = Dual<ScalarDouble>;

/// <summary>Makes the paired losses that look at log-probs alone, without a reference.</summary>
internal static class LogProbDesign
{
    /// <summary>CPO and what TRL trains by its trainer (SimPO, AlphaPO); SLiC-HF; contrastive preference learning.</summary>
    public static PairDesign Cpo(CpoOptions options)
    {
        options.Validate();
        bool isMean = options.LossType is "ipo" or "simpo";
        double weight = options.LikelihoodWeight ?? (options.LossType == "cpl" ? 0 : 1);
        if (options.Alpha != 0 && options.LossType is "slic" or "cpl")
        {
            throw new InputException($"alpha: expected 0 for loss_type {options.LossType}, found {options.Alpha}");
        }

        return new PairDesign
        {
            Name = options.LossType,
            Beta = options.Beta,
            NeedsReference = false,
            RewardScore = options.Alpha == 0 ? null : new PowerScore<ScalarDouble>(options.Alpha, double.PositiveInfinity),
            Terms = [new WeightedPairTerm(CpoTerm(options))],
            Reading = new PairReading { IsMean = isMean, Discount = options.LossType == "cpl" ? options.Discount : 1 },
            Likelihood = options.LossType switch
            {
                "slic" => new Likelihood(weight, LikelihoodRows.Chosen, LikelihoodAverage.ExampleSums),
                "cpl" => new Likelihood(weight, LikelihoodRows.Completions),
                _ => new Likelihood(weight, LikelihoodRows.Chosen),
            },
            IsLikelihoodReported = true,
            Warnings = Unsmoothed(options.LabelSmoothing, options.LossType, options.LossType is "sigmoid" or "simpo"),
        };
    }

    /// <summary>ORPO: log odds of token means, and the likelihood of prompt and chosen completion.</summary>
    /// <param name="beta">Weight of the odds part.</param>
    public static PairDesign Orpo(double beta)
    {
        OptionRange.RequireAboveZero("beta", beta);
        return new PairDesign
        {
            Name = "orpo",
            Beta = beta,
            NeedsReference = false,
            Terms = [new WeightedPairTerm(new FormulaTerm<OddsPair<Lane>>(new(beta)))],
            Reading = new PairReading { IsMean = true, SequencesPerExample = 3 },
            Likelihood = new Likelihood(1, LikelihoodRows.ChosenAndAnchor),
            IsLikelihoodReported = true,
            Report = new OddsReport(),
        };
    }

    /// <summary>Triple preference optimisation: a pair, and the likelihood of a demonstration.</summary>
    public static PairDesign Tpo(TpoOptions options)
    {
        options.Validate();
        double beta = options.Beta;
        IPairTerm term = options.LossType switch
        {
            "sigmoid" => Of(new LogisticPair<Lane>(beta, options.LabelSmoothing)),
            "tpo-l" => Of(new LogisticPair<Lane>(beta, options.LabelSmoothing, options.Gamma)),
            "hinge" => Of(new HingePair<Lane>(beta)),
            "ipo" => Of(new SquaredPair<Lane>(1, 0.5 / beta)),
            _ => throw new InputException($"loss_type: expected {string.Join(", ", PairLosses.TpoNames)}, found {options.LossType}"),
        };
        return new PairDesign
        {
            Name = options.LossType,
            Beta = beta,
            NeedsReference = false,
            Terms = [new WeightedPairTerm(term)],
            Reading = new PairReading { IsMean = options.LossType is "ipo" or "tpo-l", SequencesPerExample = 3 },
            Likelihood = new Likelihood(options.LikelihoodWeight, LikelihoodRows.Anchor),
            Warnings = Unsmoothed(options.LabelSmoothing, options.LossType, options.LossType is "sigmoid" or "tpo-l"),
        };
    }

    private static IPairTerm CpoTerm(CpoOptions options)
    {
        (double beta, double alpha) = (options.Beta, options.Alpha);
        return options.LossType switch
        {
            "sigmoid" => Of(new LogisticPair<Lane>(beta, options.LabelSmoothing), alpha),
            "simpo" => Of(new LogisticPair<Lane>(beta, options.LabelSmoothing, options.SimpoGamma), alpha),
            "hinge" => Of(new HingePair<Lane>(beta), alpha),
            "ipo" => Of(new SquaredPair<Lane>(1, 0.5 / beta), alpha),
            "slic" => Of(new HingePair<Lane>(1, options.SlicDelta)),
            "cpl" => Of(new ContrastivePair<Lane>(beta, options.ContrastiveBias)),
            _ => throw new InputException($"loss_type: expected {string.Join(", ", PairLosses.CpoNames)}, found {options.LossType}"),
        };
    }

    private static FormulaTerm<TFormula> Of<TFormula>(TFormula formula)
        where TFormula : struct, IPairFormula<Lane> => new(formula);

    private static IPairTerm Of<TFormula>(TFormula formula, double alpha)
        where TFormula : struct, IScoreFormula<Lane> =>
        alpha == 0 ? Of(formula) : Of(new Scored<PowerScore<Lane>, TFormula, Lane>(new(alpha, double.PositiveInfinity), formula));

    private static string[] Unsmoothed(double smoothing, string lossType, bool isUsed) =>
        smoothing > 0 && !isUsed ? [$"label_smoothing {smoothing} has no effect in loss_type {lossType}"] : [];
}
