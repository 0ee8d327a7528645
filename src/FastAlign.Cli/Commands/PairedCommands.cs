using System.CommandLine;
using FastAlign.Alignment;
using FastAlign.Cli.Settings;

namespace FastAlign.Cli.Commands;

/// <summary><c>fastalign cpo</c>, <c>orpo</c>, <c>tpo</c> and <c>lipo</c>: alignment from pairs without a reference, from triples, and from lists.</summary>
internal static class PairedCommands
{
    private static readonly IReadOnlyDictionary<string, string> Demo = SampleRun.Demo(("learning_rate", "1e-4"));

    private static readonly Setting Smoothing = new("label_smoothing", SettingKind.Number, "Probability that a label is wrong, in [0, 0.5).", "0");

    public static Command Cpo() => TrainingCommand.Create(
        "cpo",
        "Align a model with preference pairs without a reference: CPO, SimPO, AlphaPO, SLiC-HF, CPL. Without arguments: a small model on a slice of hh-rlhf.",
        Demo,
        [
            .. TrainingSettings.Common("1e-6"),
            new("loss_type", SettingKind.Text, string.Join(", ", PairLosses.CpoNames) + ".", "sigmoid"),
            new("beta", SettingKind.Number, "Inverse temperature.", "0.1"),
            Smoothing,
            new("cpo_alpha", SettingKind.Number, "Weight of the likelihood of the chosen side; 1 if absent, 0 for cpl. Plain SimPO has 0."),
            new("simpo_gamma", SettingKind.Number, "Reward margin every pair should reach, in simpo.", "0.5"),
            new("alpha", SettingKind.Number, "AlphaPO: the reward is (1 - p^-alpha)/alpha; 0 takes log p.", "0"),
            new("slic_delta", SettingKind.Number, "Log-prob margin of slic.", "1"),
            new("cpl_bias", SettingKind.Number, "Factor of the rejected segment in cpl, in (0, 1].", "0.5"),
            new("discount", SettingKind.Number, "cpl: weight of a token is this to the power of its position.", "1"),
        ],
        values => new CpoMethod
        {
            Loss = new CpoOptions
            {
                LossType = values.Text("loss_type")!,
                Beta = values.Number("beta"),
                LabelSmoothing = values.Number("label_smoothing"),
                LikelihoodWeight = values.IsGiven("cpo_alpha") ? values.Number("cpo_alpha") : null,
                SimpoGamma = values.Number("simpo_gamma"),
                Alpha = values.Number("alpha"),
                SlicDelta = values.Number("slic_delta"),
                ContrastiveBias = values.Number("cpl_bias"),
                Discount = values.Number("discount"),
            },
        });

    public static Command Orpo() => TrainingCommand.Create(
        "orpo",
        "Teach and align a model at once by odds ratio preference optimisation. Without arguments: a small model on a slice of hh-rlhf.",
        Demo,
        [.. TrainingSettings.Common("1e-6"), new("beta", SettingKind.Number, "Weight of the odds part.", "0.1")],
        values => new OrpoMethod { Beta = values.Number("beta") });

    public static Command Tpo() => TrainingCommand.Create(
        "tpo",
        "Align a model with pairs and a demonstration beside each (field 'reference') by triple preference optimisation.",
        Demo,
        [
            .. TrainingSettings.Common("1e-6"),
            new("loss_type", SettingKind.Text, string.Join(", ", PairLosses.TpoNames) + ".", "sigmoid"),
            new("beta", SettingKind.Number, "Inverse temperature.", "0.01"),
            Smoothing,
            new("tpo_alpha", SettingKind.Number, "Weight of the demonstration's likelihood.", "1"),
            new("tpo_l_gamma", SettingKind.Number, "Reward margin every pair should reach, in tpo-l.", "0.5"),
        ],
        values => new TpoMethod
        {
            Loss = new TpoOptions
            {
                LossType = values.Text("loss_type")!,
                Beta = values.Number("beta"),
                LabelSmoothing = values.Number("label_smoothing"),
                LikelihoodWeight = values.Number("tpo_alpha"),
                Gamma = values.Number("tpo_l_gamma"),
            },
        });

    public static Command Lipo() => TrainingCommand.Create(
        "lipo",
        "Align a model with lists of scored completions (fields 'prompt', 'completions', 'scores') by listwise preference optimisation.",
        Demo,
        [
            .. TrainingSettings.Common("1e-6"),
            .. TrainingSettings.Reference,
            new("loss_type", SettingKind.Text, string.Join(", ", PairLosses.ListNames) + ".", "lambda"),
            new("beta", SettingKind.Number, "Inverse temperature: larger keeps the policy nearer to the reference.", "0.05"),
            new("list_average", SettingKind.Text, "Whether a list's loss is the sum or the mean of its terms.", "sum"),
        ],
        values => new ListMethod
        {
            Loss = new ListOptions
            {
                LossType = values.Text("loss_type")!,
                Beta = values.Number("beta"),
                IsMean = values.Choice("list_average", ("sum", false), ("mean", true)),
            },
        });
}
