using System.Text.Json;
using FastAlign.Alignment;
using FastAlign.IO.Safetensors;
using FastAlign.Models;

namespace FastAlign.Tests;

/// <summary>A recorded GRPO or RLOO run: the fixed rollouts, which of them each micro-batch holds, and what is made of each generation batch.</summary>
internal sealed class RolloutReplay
{
    private readonly List<double[]> _rewards = [];
    private readonly List<RolloutExample> _rollouts = [];
    private readonly int _groupSize;
    private readonly int _batch;
    private int _generation = -1;
    private double _zeroShare;

    public RolloutReplay(string name)
    {
        Expected = new Trajectory(name);
        RequireKnown();
        ReadRollouts(GoldenJson.Load("training", "traj", "rollouts.json"));
        _groupSize = Expected.Method.GetProperty("num_generations").GetInt32();
        _batch = Expected.Arguments.GetProperty("per_device_train_batch_size").GetInt32() * Expected.Method.GetProperty("steps_per_generation").GetInt32();
        Data = new RolloutData(_rollouts, _batch);
        using SafetensorsFile file = SafetensorsFile.Open(Goldens.Path("training", "traj", $"{name}.batches.safetensors"));
        var batches = new List<int[]>();
        for (int m = 0; file.Contains($"m{m:D3}.prompt_ids"); m++)
        {
            batches.Add(Members(file, $"m{m:D3}."));
        }

        MicroBatches = batches;
    }

    public Trajectory Expected { get; }

    public RolloutData Data { get; }

    public IReadOnlyList<int[]> MicroBatches { get; }

    public int LongestTokens => _rollouts.Max(r => r.Prompt.Length + r.Completion.Length);

    /// <summary>RLOO subtracts the KL from the reward.</summary>
    public bool IsKlInReward => IsLeaveOneOut && Beta > 0;

    private bool IsLeaveOneOut => Expected.Trainer == "trl.RLOOTrainer";

    private double Beta => Expected.Method.Number("beta", IsLeaveOneOut ? 0.05 : 0);

    /// <summary>Figures of the generation itself, which no step of ours reports.</summary>
    public static bool IsOfGeneration(string metric) => metric == "num_tokens" || metric.StartsWith("completions/", StringComparison.Ordinal);

    public PolicyLoss Loss() => PolicyLosses.Create(IsLeaveOneOut ? "rloo" : Text("loss_type", "dapo"), new PolicyOptions
    {
        Level = Text("importance_sampling_level", "token") switch
        {
            "token" => RatioLevel.Token,
            "sequence" => RatioLevel.Sequence,
            string other => throw new InvalidDataException($"importance_sampling_level {other}"),
        },
        Epsilon = Expected.Method.Number("epsilon", 0.2),
        EpsilonHigh = Expected.Method.Number("epsilon_high", Expected.Method.Number("epsilon", 0.2)),
        Beta = IsLeaveOneOut ? 0 : Beta,
        IsKlCorrected = true,
        MaxCompletionLength = Expected.Method.GetProperty("max_completion_length").GetInt32(),
    });

    /// <summary>When a step begins a generation batch: its old log-probs under the present policy, and its advantages, both compared with the library's.</summary>
    public void Prepare(int step, TrainingPass pass, TrainingTask task)
    {
        int micro = Expected.Steps[step].GetProperty("micro_batches")[0].GetInt32();
        int generation = MicroBatches[micro][0] / _batch;
        if (generation == _generation)
        {
            return;
        }

        Assert.Equal(_generation + 1, generation);
        _generation = generation;
        int[] members = [.. Enumerable.Range(generation * _batch, _batch)];
        double[] kl = new double[_batch];
        foreach (int member in members)
        {
            pass.Evaluate(task, Data.Build([member]), [member], Data.Counts([member]), new MetricAccumulator(MetricAveraging.Items));
            double[] old = pass.LogProbs[.._rollouts[member].Rows].ToArray();
            Data.SetOldLogProbs(member, old);
            kl[member % _batch] = IsKlInReward ? old.Sum() - Sum(pass.ReferenceLogProbs[..old.Length]) : 0;
        }

        double[] advantages = Advantages(kl);
        for (int i = 0; i < _batch; i++)
        {
            Data.SetAdvantage(members[i], advantages[i]);
        }

        CompareGeneration(members, advantages);
    }

    /// <summary>A figure of the rewards of the generation batch, or null if the name is none.</summary>
    public double? RewardMetric(string name)
    {
        if (name == "reward" || name == "reward_std" || name == "frac_reward_zero_std")
        {
            double[] sums = Sums();
            return name == "reward" ? RewardMoments.Mean(sums) : name == "reward_std" ? RewardMoments.Deviation(sums) : _zeroShare;
        }

        if (!name.StartsWith("rewards/reward", StringComparison.Ordinal))
        {
            return null;
        }

        string[] parts = name["rewards/reward".Length..].Split('/');
        double[] column = [.. Enumerable.Range(_generation * _batch, _batch).Select(i => _rewards[i][int.Parse(parts[0])])];
        return parts[1] == "mean" ? RewardMoments.Mean(column) : RewardMoments.Deviation(column);
    }

    private double[] Advantages(double[] kl)
    {
        double[] advantages = new double[_batch];
        double[] rewards = [.. Sums().Zip(kl, (reward, nats) => reward - (Beta * nats))];
        int[] groups = [.. Enumerable.Range(0, (_batch / _groupSize) + 1).Select(g => g * _groupSize)];
        if (IsLeaveOneOut)
        {
            _zeroShare = GroupAdvantage.ZeroDeviationShare(rewards, groups);
            BaselineAdvantage.LeaveOneOut(rewards, groups, advantages);
            return advantages;
        }

        RewardScale scale = Text("scale_rewards", "group") switch
        {
            "group" => RewardScale.Group,
            "batch" => RewardScale.Batch,
            "none" => RewardScale.None,
            string other => throw new InvalidDataException($"scale_rewards {other}"),
        };
        _zeroShare = GroupAdvantage.ZeroDeviationShare(rewards, scale == RewardScale.Batch ? [0, _batch] : groups);
        GroupAdvantage.Relative(Sums(), groups, scale, GroupAdvantage.Epsilon(Dialect.Trl), advantages);
        return advantages;
    }

    private double[] Sums()
    {
        double[] sums = new double[_batch];
        double[] weights = Expected.Method.TryGetProperty("reward_weights", out JsonElement given) ? given.Numbers() : [];
        double[] values = [.. Enumerable.Range(_generation * _batch, _batch).SelectMany(i => _rewards[i])];
        new RewardTable(values, _rewards[0].Length).Sum(weights, sums);
        return sums;
    }

    private void CompareGeneration(int[] members, double[] advantages)
    {
        using SafetensorsFile file = SafetensorsFile.Open(Goldens.Path("training", "traj", $"{Expected.Name}.generations.safetensors"));
        string prefix = $"g{_generation:D2}.";
        Assert.Equal(members, Members(file, prefix));
        double[] expected = file.ReadFloat64(prefix + "advantages");

        // Advantages hold the policy's KL in RLOO; sums of old log-probs of up to 32 tokens are compared at the limit of losses.
        for (int i = 0; i < members.Length; i++)
        {
            TrajectoryTests.Close(expected[i], advantages[i], Expected.LossLimit, $"generation {_generation} advantage {i}", 1);
        }

        bool isSummed = !file.Contains(prefix + "old_per_token_logps");
        double[] old = file.ReadFloat64(prefix + (isSummed ? "old_logps" : "old_per_token_logps"));
        int width = old.Length / members.Length;
        for (int i = 0; i < members.Length; i++)
        {
            double[] ours = Data.OldLogProbs(members[i])!;
            double[] compared = isSummed ? [ours.Sum()] : ours;
            for (int t = 0; t < compared.Length; t++)
            {
                TrajectoryTests.Close(old[(i * width) + t], compared[t], Expected.LossLimit, $"generation {_generation} old log-prob {i},{t}", 1);
            }
        }
    }

    private void ReadRollouts(JsonElement file)
    {
        int group = 0;
        foreach (JsonElement entry in file.GetProperty("groups").EnumerateArray())
        {
            int[] prompt = [.. entry.GetProperty("prompt_ids").EnumerateArray().Select(id => id.GetInt32())];
            foreach ((JsonElement completion, JsonElement rewards) in entry.GetProperty("completions").EnumerateArray().Zip(entry.GetProperty("rewards").EnumerateArray()))
            {
                _rollouts.Add(new RolloutExample(group, group, prompt, [.. completion.EnumerateArray().Select(id => id.GetInt32())]));
                _rewards.Add(rewards.Numbers());
            }

            group++;
        }
    }

    /// <summary>Which rollouts the rows of a stored batch are.</summary>
    private int[] Members(SafetensorsFile file, string prefix)
    {
        int[][] prompts = Kept(file, prefix, "prompt");
        int[][] completions = Kept(file, prefix, "completion");
        return [.. prompts.Zip(completions, (prompt, completion) => _rollouts.FindIndex(r => r.Prompt.SequenceEqual(prompt) && r.Completion.SequenceEqual(completion)))];
    }

    private static int[][] Kept(SafetensorsFile file, string prefix, string part)
    {
        int[][] masks = StoredBatches.Rows(file, $"{prefix}{part}_mask");
        return [.. StoredBatches.Rows(file, $"{prefix}{part}_ids").Select((row, i) => row.Where((_, t) => masks[i][t] == 1).ToArray())];
    }

    private void RequireKnown()
    {
        string[] known =
        [
            "steps_per_generation", "num_iterations", "num_generations", "max_completion_length", "beta", "reward_weights", "shuffle_dataset", "temperature", "epsilon",
            "loss_type", "epsilon_high", "mask_truncated_completions", "scale_rewards", "importance_sampling_level", "normalize_advantages",
        ];
        Assert.All(Expected.Method.EnumerateObject(), option => Assert.Contains(option.Name, known));
        Assert.False(Expected.Method.TryGetProperty("mask_truncated_completions", out JsonElement isMasked) && isMasked.GetBoolean());
        Assert.False(Expected.Method.TryGetProperty("normalize_advantages", out JsonElement isNormalized) && isNormalized.GetBoolean());
        Assert.Equal(1, Expected.Method.Number("temperature", 1));
    }

    private static double Sum(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values)
        {
            sum += value;
        }

        return sum;
    }

    private string Text(string key, string otherwise) => Expected.Method.TryGetProperty(key, out JsonElement value) ? value.GetString()! : otherwise;
}
