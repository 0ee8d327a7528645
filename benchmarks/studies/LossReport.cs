using System.Globalization;
using System.Text;
using FastAlign.Alignment;

namespace FastAlign.Studies;

/// <summary>The study as a Markdown page: both tables, and what papers claim beside what came out.</summary>
internal static class LossReport
{
    public static string Of(
        IReadOnlyList<Outcome> stories, IReadOnlyList<Outcome> dialogues, IReadOnlyList<RewardOutcome> rewards, TrainingOptions training, int trainPrompts, int heldOut)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            # All losses at equal compute

            Made by `dotnet run -c Release --project benchmarks/studies`. Every loss trains the same model (stories260k) for {training.MaxSteps} steps of {training.BatchSize} examples at a
            peak rate of {training.LearningRate} (AdamW, cosine), with TRL's defaults and beta 0.1 where it has one; nothing was tuned for any of them, so read the tables as what these
            settings give, not as a ranking of methods. Figures are means with 95 % intervals over held-out examples.

            ## A synthetic preference with a known gold rule

            The untrained model wrote four continuations for each of {trainPrompts} story beginnings. Gold: one point for each sentence of four to eight words. A noisy judge compared the first two:
            it prefers a to b with probability sigmoid(gold a - gold b). Lists and policy losses see all four with their gold scores; distill imitates, on both completions of each pair, the model that dpo sigmoid made. Measured on {heldOut} other beginnings: gold win rate of one sample
            against the untrained model's (ties one half); accuracy and margin (nats) of the log-ratio on pairs that differ in gold; KL of the policy's own samples (nats a sequence); length (tokens);
            entropy (nats a token); how far the implied probability sigmoid(beta margin) is off the true one, where the loss implies one.

            All stories here reach the length limit, so length tells nothing, and losses that differ only in what they do about lengths coincide (LD-DPO with DPO, DAPO with GRPO); so do mmpo and dno,
            whose targets are the same sigmoid of the gold difference.


            """);
        text.Append(StudyReport.Table(stories, hasGold: true));
        text.Append("\n## Human preferences: hh-rlhf\n\nHelpful-base pairs of the embedded sample, 200 held out. No gold: accuracy against the human label.\n\n");
        text.Append(StudyReport.Table(dialogues, hasGold: false));
        text.Append("\n## Reward models: hh-rlhf\n\nThe same pairs, steps and rate; a new head on the same model. Accuracy, calibration of sigmoid(margin), and how far scores follow length, on the 200 held out.\n\n");
        text.Append(RewardStudy.Table(rewards));
        text.Append("\n## What the papers claim\n\n");
        text.Append(Claims(stories));
        return text.ToString();
    }

    private static string Claims(IReadOnlyList<Outcome> stories)
    {
        Outcome hard = Named(stories, "sigmoid");
        Outcome soft = Named(stories, "mmpo");
        Outcome forward = Named(stories, "sigmoid, forward_kl");
        Outcome mixed = Named(stories, "sigmoid, js_divergence");
        bool isCloser = soft.Calibration.High < hard.Calibration.Low;
        bool isOrdered = hard.Entropy.Mean < mixed.Entropy.Mean && mixed.Entropy.Mean < forward.Entropy.Mean;
        return string.Create(CultureInfo.InvariantCulture, $"""
            * MMPO (methods row 37): soft targets are better calibrated than hard labels. Off by {Cell(soft.Calibration)} with MMPO, {Cell(hard.Calibration)} with DPO: {(isCloser ? "holds here" : "not shown here: the intervals overlap or the order is reversed")}.
            * f-DPO (row 41): diversity rises from reverse KL over Jensen-Shannon to forward KL. Entropy {Cell(hard.Entropy)}, {Cell(mixed.Entropy)}, {Cell(forward.Entropy)}: {(isOrdered ? "means are in that order here" : "not in that order here")}.

            """);
    }

    private static Outcome Named(IReadOnlyList<Outcome> outcomes, string name) => outcomes.First(one => one.Contestant.Command == "dpo" && one.Contestant.Name == name);

    private static string Cell(Estimate e) => string.Create(CultureInfo.InvariantCulture, $"{e.Mean:F3} [{e.Low:F3}, {e.High:F3}]");
}
