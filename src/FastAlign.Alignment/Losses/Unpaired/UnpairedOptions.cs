using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>Options of the unpaired losses, named as in TRL's <c>KTOConfig</c> and <c>BCOConfig</c> where they exist there. Each loss says which it reads.</summary>
public sealed record UnpairedOptions
{
    /// <summary>Inverse temperature of the implicit reward, above 0. <c>beta</c></summary>
    public double Beta { get; init; } = 0.1;

    /// <summary>Factor of the loss of desirable completions, at least 0. <c>desirable_weight</c></summary>
    public double DesirableWeight { get; init; } = 1;

    /// <summary>Factor of the loss of undesirable completions, at least 0. <c>undesirable_weight</c></summary>
    public double UndesirableWeight { get; init; } = 1;

    /// <summary>What KTO's KL is estimated over. <c>kl_scope</c></summary>
    public KlScope KlScope { get; init; }

    /// <summary>Whose reading of the formulas. <c>dialect</c></summary>
    public Dialect Dialect { get; init; }

    /// <summary>BCO: weigh undesirable completions by how likely their prompt comes with a desirable one. <c>udm</c></summary>
    public bool HasDensityRatio { get; init; }

    /// <summary>BCO: least density ratio, at least 0. <c>min_density_ratio</c></summary>
    public double MinDensityRatio { get; init; } = 0.5;

    /// <summary>BCO: largest density ratio, at least the least. <c>max_density_ratio</c></summary>
    public double MaxDensityRatio { get; init; } = 10;

    /// <summary>DRO: pull towards the reference, in units of reward per nat, above 0. <c>tau</c></summary>
    public double Tau { get; init; } = 1;

    /// <summary>DRO: whether values of prompts are given in <see cref="Column.Value"/> (DRO-V); else the mean of the step stands for them (DRO-P). <c>value_network</c></summary>
    public bool HasValueNetwork { get; init; }

    /// <summary>Feedback: largest importance weight of a negative signal, above 0. <c>max_importance_weight</c></summary>
    public double MaxImportanceWeight { get; init; } = 1;

    /// <summary>NFT: least likelihood ratio of the implicit negative policy, in (0, 1]. <c>epsilon</c></summary>
    public double Epsilon { get; init; } = 1;

    /// <summary>NFT: factor of the part of wrong answers, in [0, 1]; 0 is rejection fine-tuning. <c>negative_weight</c></summary>
    public double NegativeWeight { get; init; } = 1;

    /// <summary>NFT: weight of a prompt by its pass rate. <c>pass_rate_weight</c></summary>
    public PassRateWeight PassRateWeight { get; init; }

    /// <exception cref="InputException">An option is outside its range.</exception>
    public void Validate()
    {
        Require(double.IsFinite(Beta) && Beta > 0, "beta", "a finite number above 0", Beta);
        Require(double.IsFinite(DesirableWeight) && DesirableWeight >= 0, "desirable_weight", "a finite number of at least 0", DesirableWeight);
        Require(double.IsFinite(UndesirableWeight) && UndesirableWeight >= 0, "undesirable_weight", "a finite number of at least 0", UndesirableWeight);
        Require(double.IsFinite(MinDensityRatio) && MinDensityRatio >= 0, "min_density_ratio", "a finite number of at least 0", MinDensityRatio);
        Require(MaxDensityRatio >= MinDensityRatio, "max_density_ratio", $"a number of at least {MinDensityRatio}", MaxDensityRatio);
        Require(double.IsFinite(Tau) && Tau > 0, "tau", "a finite number above 0", Tau);
        Require(MaxImportanceWeight > 0, "max_importance_weight", "a number above 0", MaxImportanceWeight);
        Require(Epsilon is > 0 and <= 1, "epsilon", "a number in (0, 1]", Epsilon);
        Require(NegativeWeight is >= 0 and <= 1, "negative_weight", "a number in [0, 1]", NegativeWeight);
    }

    private static void Require(bool isFine, string option, string expected, double found)
    {
        if (!isFine)
        {
            throw new InputException($"{option}: expected {expected}, found {found}");
        }
    }
}
