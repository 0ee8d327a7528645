using System.Text.Json;
using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.Cpu;
using FastAlign.IO.Checkpoints;
using FastAlign.IO.Safetensors;
using FastAlign.Models;

namespace FastAlign.Tests;

/// <summary>
/// TRL's GRPO and RLOO on fixed rollouts: advantages, old log-probs and denominators are ours, compared with what the library made of each generation
/// batch; then every step's loss, gradient norm and metrics, and the final weights.
/// </summary>
[Trait("Category", Goldens.Category)]
public sealed class RolloutTrajectoryTests
{
    /// <summary>Whether the runs of a trainer are replayed here.</summary>
    public static bool IsOurs(string trainer) => trainer is "trl.GRPOTrainer" or "trl.RLOOTrainer";

    public static IEnumerable<TheoryDataRow<string>> Runs()
    {
        foreach (string path in Directory.GetFiles(Goldens.Path("training", "traj"), "*.json").Order(StringComparer.Ordinal))
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(path));
            if (json.RootElement.TryGetProperty("trainer", out JsonElement trainer) && IsOurs(trainer.GetString()!))
            {
                yield return new TheoryDataRow<string>(Path.GetFileNameWithoutExtension(path));
            }
        }
    }

    [Theory, MemberData(nameof(Runs))]
    public void Run_FixedRollouts_MatchesTrl(string name)
    {
        using var backend = new CpuBackend(2);
        using LoadedModel model = HfCheckpoint.Load(Goldens.DataPath("stories260k", "hf"), backend);
        var run = new RolloutReplay(name);
        using ParameterSet frozen = model.Parameters.Clone();
        using var reference = new DecoderModel(model.Spec, frozen, run.LongestTokens);
        PolicyLoss loss = run.Loss();
        bool hasReference = loss.NeedsReference || run.IsKlInReward;
        var task = new TrainingTask(new TrajectoryTests.ReplayedData(run.Data, run.MicroBatches), loss, hasReference ? new FrozenReference(reference) : null);
        TrainingOptions options = run.Expected.Options(run.MicroBatches.Count) with { BatchSize = 1 };
        using var trainer = new Trainer(model.Spec, model.Parameters, run.LongestTokens, task, null, options);

        for (int step = 0; step < run.Expected.Steps.Length; step++)
        {
            run.Prepare(step, trainer.Pass, new TrainingTask(run.Data, loss, task.Reference));
            Compare(run, run.Expected.Steps[step], trainer.Step());
        }

        TrajectoryTests.CompareFinal(run.Expected, model);
    }

    private static void Compare(RolloutReplay run, JsonElement step, TrainingReport report)
    {
        string at = $"step {report.Step}";
        Trajectory expected = run.Expected;
        TrajectoryTests.Close(step.GetProperty("loss").Number(), report["loss"], expected.LossLimit, $"{at} loss");
        TrajectoryTests.Close(step.GetProperty("grad_norm").Number(), report["grad_norm"], expected.NormLimit, $"{at} grad_norm");
        TrajectoryTests.Close(step.GetProperty("learning_rate").Number(), report["learning_rate"], 1e-12, $"{at} learning_rate");
        foreach (JsonProperty metric in step.GetProperty("metrics").EnumerateObject())
        {
            double wanted = metric.Value.Number();
            if (run.RewardMetric(metric.Name) is { } found)
            {
                TrajectoryTests.Close(wanted, found, expected.LossLimit, $"{at} {metric.Name}");
            }
            else if (!RolloutReplay.IsOfGeneration(metric.Name) && (metric.Name != "kl" || !run.IsKlInReward))
            {
                TrajectoryTests.Close(wanted, report[metric.Name], expected.LossLimit, $"{at} {metric.Name}");
            }
        }
    }
}
