using FastAlign.Core;
using FastAlign.Kernels;

namespace FastAlign.Alignment;

using Lane = Dual<ScalarDouble>;

/// <summary>Makes the losses that compare the policy with a reference out of <see cref="DpoOptions"/>.</summary>
internal sealed class DpoDesign
{
    // Exponents of TRL's alpha-divergence are cut here, so that float32 does not overflow.
    private const double ExponentCap = 80;
    private const double AlmostReverseKl = 1e-6;

    private readonly DpoOptions _options;
    private readonly List<string> _warnings = [];

    private DpoDesign(DpoOptions options) => _options = options;

    private bool IsTrl => _options.Dialect == Dialect.Trl;

    private double DivergenceAlpha => _options.Dialect == Dialect.Original ? _options.DivergenceAlpha : 1 - _options.DivergenceAlpha;

    public static PairDesign Create(DpoOptions options)
    {
        options.Validate();
        return new DpoDesign(options).Create();
    }

    private PairDesign Create()
    {
        List<WeightedPairTerm> terms = [];
        Likelihood? likelihood = null;
        for (int k = 0; k < _options.LossTypes.Count; k++)
        {
            string name = _options.LossTypes[k];
            double weight = _options.LossWeights.Count == 0 ? 1 : _options.LossWeights[k];
            if (name == "sft")
            {
                LikelihoodAverage average = _options.Dialect == Dialect.Original ? LikelihoodAverage.ExampleMeans : LikelihoodAverage.Tokens;
                likelihood = new Likelihood(weight + (likelihood?.Weight ?? 0), LikelihoodRows.Chosen, average);
            }
            else
            {
                terms.Add(new WeightedPairTerm(Term(name), weight));
            }

            RequireCompatible(name);
        }

        if (_options.LabelSmoothing > 0 && !_options.LossTypes.Any(UsesSmoothing))
        {
            _warnings.Add($"label_smoothing {_options.LabelSmoothing} has no effect: dialect {(IsTrl ? "trl ignores it" : "ignores it")} in loss_type "
                + $"{string.Join(", ", _options.LossTypes)}; dialect original uses it in sigmoid (cDPO)");
        }

        bool isRefined = _options.LossTypes.Any(name => name is "sr_dpo" or "sr_ipo");
        return new PairDesign
        {
            Name = string.Join('+', _options.LossTypes),
            Beta = _options.Beta,
            Terms = terms,
            Likelihood = likelihood,
            Report = terms.Select(weighted => weighted.Term).OfType<RunningShiftTerm>().FirstOrDefault(),
            Warnings = _warnings,
            Reading = new PairReading
            {
                TailWeight = _options.TailWeight,
                IsTailOfPolicyOnly = _options.Dialect == Dialect.LlamaFactory,
                IsProbabilityWeighted = _options.IsProbabilityWeighted,
                IsMean = _options.IsLengthNormalized,
                Discount = _options.Discount,
                ReferenceShare = _options.LossTypes.Contains("inpo") ? _options.ReferenceShare : 1,
                SequencesPerExample = isRefined ? 4 : 2,
                RefinementScale = isRefined ? _options.Beta : 0,
            },
        };
    }

    private IPairTerm Term(string name)
    {
        double beta = _options.Beta;
        double e = _options.LabelSmoothing;
        double target = 0.5 / beta;
        double scale = _options.MarginScale;
        return name switch
        {
            "sigmoid" => Scored(new LogisticPair<Lane>(beta, IsTrl ? 0 : e, 0, scale)),
            "sigmoid_norm" => Scored(new PerToken<LogisticPair<Lane>, Lane>(new(beta))),
            "robust" => Scored(new LogisticPair<Lane>(beta, -e / (1 - (2 * e)), 0, scale)),
            "hinge" => Scored(new HingePair<Lane>(beta, 1, scale)),
            "ipo" when _options.Dialect is Dialect.Original or Dialect.OpenRlhf => Scored(new SquaredPair<Lane>(1, target)),
            "ipo" => Scored(new PerToken<SquaredPair<Lane>, Lane>(new(1, target))),
            "exo_pair" => Scored(new ExoPair<Lane>(beta, RequirePositive(e))),
            "nca_pair" => Of(new NcaPair<Lane>(beta)),
            "bco_pair" when _options.Dialect == Dialect.LlamaFactory => new RunningShiftTerm(beta, new RunningMoments()),
            "bco_pair" => Of(new BcoPair<Lane>(beta)),
            "sppo_hard" => Of(new SppoPair<Lane>(beta)),
            "aot" => new SortedTerm(new LogisticPair<Lane>(beta, e), isPaired: true),
            "aot_unpaired" => new SortedTerm(new LogisticPair<Lane>(beta, e), isPaired: false),
            "apo_zero" => Of(new ApoZeroPair<Lane>(beta)),
            "apo_down" => Of(new ApoDownPair<Lane>(beta)),
            "discopop" => Scored(new DiscoPopPair<Lane>(beta, _options.DiscoPopTau)),
            "mmpo" => Of(new MarginMatchingPair<Lane>(beta, _options.MarginGamma)),
            "dno" => Of(new MarginMatchingPair<Lane>(beta, 1)),
            "cpl" => Of(new ContrastivePair<Lane>(beta, _options.ContrastiveBias)),
            "sr_dpo" => Of(new LogisticPair<Lane>(beta, IsTrl ? 0 : e, 0, _options.RefinementWeight)),
            "sr_ipo" => Of(new SquaredPair<Lane>(1, target, _options.RefinementWeight)),
            "rebel" => Of(new SquaredPair<Lane>(beta, 0, 1)),
            "inpo" or "onpo" => Of(new SquaredPair<Lane>(1, target)),
            "egpo" => Of(new SquaredPair<Lane>(1, 0, 1 / beta)),
            _ => throw new InputException($"loss_type: expected {string.Join(", ", PairLosses.DpoNames)}, found {name}"),
        };
    }

    /// <summary>A formula that divergences may change: see <see cref="RequireCompatible"/>.</summary>
    private IPairTerm Scored<TFormula>(TFormula formula)
        where TFormula : struct, IScoreFormula<Lane> => _options.Divergence switch
        {
            "forward_kl" => Scored(new PowerScore<Lane>(1, double.PositiveInfinity), formula),
            "js_divergence" => Scored(default(JensenShannonScore<Lane>), formula),
            "alpha_divergence" when Math.Abs(DivergenceAlpha) >= AlmostReverseKl => Scored(new PowerScore<Lane>(DivergenceAlpha, ExponentCap), formula),
            _ => Of(formula),
        };

    private static FormulaTerm<Scored<TScore, TFormula, Lane>> Scored<TScore, TFormula>(TScore score, TFormula formula)
        where TScore : struct, IScore<Lane>
        where TFormula : struct, IScoreFormula<Lane> => Of(new Scored<TScore, TFormula, Lane>(score, formula));

    private static FormulaTerm<TFormula> Of<TFormula>(TFormula formula)
        where TFormula : struct, IPairFormula<Lane> => new(formula);

    private bool UsesSmoothing(string name) => name is "exo_pair" or "robust" or "aot" or "aot_unpaired" || (!IsTrl && name is "sigmoid" or "sr_dpo");

    private static double RequirePositive(double smoothing) =>
        smoothing > 0 ? smoothing : throw new InputException($"label_smoothing: expected a number in (0, 0.5) for loss_type exo_pair, found {smoothing}");

    private void RequireCompatible(string name)
    {
        if (_options.Divergence != "reverse_kl" && name is not ("sigmoid" or "sigmoid_norm" or "hinge" or "ipo" or "exo_pair" or "robust" or "discopop" or "sft"))
        {
            throw new InputException($"f_divergence_type: expected reverse_kl for loss_type {name}, which looks at each log-ratio by itself, found {_options.Divergence}");
        }

        if (_options.IsProbabilityWeighted && name is "aot" or "aot_unpaired" or "sft")
        {
            throw new InputException($"use_weighting: expected a loss_type with a value for each pair, found {name}");
        }

        if (_options.IsLengthNormalized && (name == "sigmoid_norm" || (name == "ipo" && _options.Dialect is not (Dialect.Original or Dialect.OpenRlhf))))
        {
            throw new InputException($"length_normalized: expected false for loss_type {name}, which divides by the length itself, found true");
        }

        if (name == "bco_pair" && _options.Dialect == Dialect.LlamaFactory && _options.LossTypes.Count(other => other == name) > 1)
        {
            throw new InputException($"loss_type: expected bco_pair once in dialect llama-factory, where it has a memory, found {string.Join(' ', _options.LossTypes)}");
        }

        if (_options.LossTypes.Count > 1 && name is "inpo" or "sr_dpo" or "sr_ipo")
        {
            throw new InputException($"loss_type: {name} reads its pairs in a way of its own and cannot be mixed with others, found {string.Join(' ', _options.LossTypes)}");
        }
    }
}
