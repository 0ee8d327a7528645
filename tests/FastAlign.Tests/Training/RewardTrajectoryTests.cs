using System.Text.Json;
using FastAlign.Alignment;
using FastAlign.Cpu;
using FastAlign.IO.Checkpoints;
using FastAlign.IO.Safetensors;
using FastAlign.Models;

namespace FastAlign.Tests;

/// <summary>Runs of TRL's RewardTrainer, step by step: loss, gradient norm, rate, metrics, final weights, the score head's included.</summary>
[Trait("Category", Goldens.Category)]
public sealed class RewardTrajectoryTests
{
    public const string Trainer = "trl.RewardTrainer";

    public static TheoryData<string> Runs()
    {
        var runs = new TheoryData<string>();
        foreach (string path in Directory.GetFiles(Goldens.Path("training", "traj"), "*.json").Order(StringComparer.Ordinal))
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(path));
            if (json.RootElement.TryGetProperty("trainer", out JsonElement trainer) && trainer.GetString() == Trainer)
            {
                runs.Add(Path.GetFileNameWithoutExtension(path));
            }
        }

        return runs;
    }

    [Theory, MemberData(nameof(Runs))]
    public void Run_StoredBatches_MatchesTrl(string name)
    {
        var expected = new Trajectory(name);
        expected.Method.RequireOnly("max_length", "center_rewards_coefficient");
        using var backend = new CpuBackend(2);
        using LoadedModel model = Start(expected, backend);
        (JudgedExample[] examples, int[][] members) = Examples(expected, model.Tokens.End[0]);
        ILoss loss = RewardLosses.Create("bradley_terry", new RewardOptions { Centering = expected.Method.Number("center_rewards_coefficient", 0) });
        var task = new TrainingTask(new TrajectoryTests.ReplayedData(new JudgedData(examples), members), loss);
        int longest = examples.Max(e => e.Prompt.Length + e.Completions.Max(c => c.Length));
        using var trainer = new Trainer(model.Spec, model.Parameters, longest, task, null, expected.Options(members.Length) with { BatchSize = 1 });

        foreach (JsonElement step in expected.Steps)
        {
            TrajectoryTests.CompareStep(expected, step, trainer.Step());
        }

        TrajectoryTests.CompareFinal(expected, model);
    }

    private static LoadedModel Start(Trajectory run, CpuBackend backend)
    {
        LoadedModel model = HfCheckpoint.Load(Goldens.DataPath("stories260k", "hf"), backend);
        using SafetensorsFile file = SafetensorsFile.Open(Goldens.Path("training", "traj", $"{run.Name}.score.safetensors"));
        return NewScoreHead.Attach(model, 1, ScoreHeadKind.SequenceClassification, file.ReadFloat64("score.weight"));
    }

    /// <summary>All chosen rows, then all rejected rows. The library reads the score at the last token that is not the pad id, which is EOS here.</summary>
    private static (JudgedExample[] Examples, int[][] Members) Examples(Trajectory run, int pad)
    {
        var examples = new List<JudgedExample>();
        var members = new List<int[]>();
        foreach ((int[][] ids, int[][] attention) in run.StoredRows())
        {
            int pairs = ids.Length / 2;
            members.Add([.. Enumerable.Range(examples.Count, pairs)]);
            for (int p = 0; p < pairs; p++)
            {
                int[] chosen = ids[p][..attention[p].Sum()];
                int[] rejected = ids[p + pairs][..attention[p + pairs].Sum()];
                int prompt = Math.Min(chosen.AsSpan().CommonPrefixLength(rejected), Math.Min(chosen.Length, rejected.Length) - 1);
                int[][] completions = [chosen[prompt..], rejected[prompt..]];
                examples.Add(new JudgedExample(examples.Count, chosen[..prompt], completions, [.. completions.Select(c => Array.FindLastIndex(c, id => id != pad))]));
            }
        }

        return ([.. examples], [.. members]);
    }
}
