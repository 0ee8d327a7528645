using System.Text.Json;
using FastAlign.Alignment;
using FastAlign.Tests.Losses;
using Xunit;

namespace FastAlign.Tests.Advantages;

/// <summary>Every case of TRL's advantages, rollout corrections and masks.</summary>
[Trait("Category", Goldens.Category)]
public sealed class AdvantageGoldenTests
{
    private static readonly JsonElement Golden = GoldenJson.Load("losses", "advantages.json");

    public static IEnumerable<TheoryDataRow<string>> Cases() =>
        Golden.GetProperty("cases").EnumerateArray().Select(entry => new TheoryDataRow<string>(entry.GetProperty("name").GetString()!));

    [Theory, MemberData(nameof(Cases))]
    public void Compute_OneBatch_MatchesTrl(string name)
    {
        JsonElement golden = Golden.GetProperty("cases").Named(name);
        JsonElement options = golden.GetProperty("options");
        JsonElement inputs = Golden.GetProperty("batches").GetProperty(golden.GetProperty("batch").GetString()!);
        JsonElement expected = golden.GetProperty("expected");
        RequireKnown(options);

        if (options.TryGetProperty("vllm_importance_sampling_mode", out JsonElement mode))
        {
            CompareCorrection(inputs, options, mode.GetString()!, expected);
        }
        else
        {
            CompareAdvantages(inputs, options, expected);
        }
    }

    private static void CompareAdvantages(JsonElement inputs, JsonElement options, JsonElement expected)
    {
        double[][] rows = Rows(inputs.GetProperty("rewards_per_func"));
        double[] weights = options.TryGetProperty("reward_weights", out JsonElement given) ? given.Numbers() : [];
        int size = options.GetProperty("num_generations").GetInt32();
        int[] groups = [.. Enumerable.Range(0, (rows.Length / size) + 1).Select(g => g * size)];
        RewardTable table = new([.. rows.SelectMany(row => row)], rows[0].Length);
        double[] rewards = new double[rows.Length];
        table.Sum(weights, rewards);
        double[] raw = [.. rewards];
        double[] advantages = new double[rows.Length];
        if (options.TryGetProperty("normalize_advantages", out JsonElement isNormalized))
        {
            LeaveOneOut(options, isNormalized.GetBoolean(), groups, rewards, advantages, expected);
        }
        else if (Text(options, "multi_objective_aggregation", "sum_then_normalize") == "normalize_then_sum")
        {
            GroupAdvantage.NormalizeThenSum(table, weights.Length == 0 ? [1] : weights, groups, 1e-4, advantages);
        }
        else
        {
            GroupAdvantage.Relative(rewards, groups, Scale(Text(options, "scale_rewards", "group")), GroupAdvantage.Epsilon(Dialect.Trl), advantages);
        }

        LossAssert.Gradients(expected.GetProperty("advantages").Numbers(), advantages);
        if (expected.TryGetProperty("metrics", out JsonElement metrics))
        {
            bool isBatch = Text(options, "scale_rewards", "group") == "batch" || Text(options, "multi_objective_aggregation", "sum_then_normalize") == "normalize_then_sum";
            double zeroShare = GroupAdvantage.ZeroDeviationShare(rewards, isBatch ? [0, rows.Length] : groups);
            CompareMetrics(metrics, rows, raw, zeroShare);
        }
    }

    private static void LeaveOneOut(JsonElement options, bool isNormalized, int[] groups, double[] rewards, double[] advantages, JsonElement expected)
    {
        double[][] old = PairBatch.Ragged(Golden.GetProperty("batches").GetProperty("rloo_logps").GetProperty("old_logp"));
        double[][] reference = PairBatch.Ragged(Golden.GetProperty("batches").GetProperty("rloo_logps").GetProperty("ref_logp"));
        if (options.TryGetProperty("reward_clip_range", out JsonElement range) && range.ValueKind == JsonValueKind.Array)
        {
            TokenRewards.Clip(range[0].Number(), range[1].Number(), rewards);
        }

        double beta = options.Number("beta", 0);
        double[] kl = [.. old.Zip(reference, (o, r) => o.Sum() - r.Sum())];
        for (int s = 0; s < rewards.Length && beta > 0; s++)
        {
            rewards[s] -= beta * kl[s];
        }

        if (isNormalized)
        {
            BaselineAdvantage.NormalizedLeaveOneOut(rewards, groups, 1e-4, advantages);
        }
        else
        {
            BaselineAdvantage.LeaveOneOut(rewards, groups, advantages);
        }

        if (expected.GetProperty("metrics").TryGetProperty("kl", out JsonElement mean))
        {
            LossAssert.Value(mean.Number(), old.SelectMany(r => r).Zip(reference.SelectMany(r => r), (o, r) => o - r).Average(), "kl");
        }
    }

    private static void CompareMetrics(JsonElement expected, double[][] rows, double[] rewards, double zeroShare)
    {
        foreach (JsonProperty metric in expected.EnumerateObject().Where(m => m.Name != "kl"))
        {
            double[] column = metric.Name.StartsWith("rewards/f", StringComparison.Ordinal) ? [.. rows.Select(row => row[int.Parse(metric.Name.Split('/')[1][1..])])] : rewards;
            double found = metric.Name switch
            {
                "frac_reward_zero_std" => zeroShare,
                string text when text.EndsWith("std", StringComparison.Ordinal) => RewardMoments.Deviation(column),
                string text when text == "reward" || text.EndsWith("mean", StringComparison.Ordinal) => RewardMoments.Mean(column),
                string other => throw new InvalidDataException($"metric {other}"),
            };
            double wanted = metric.Value.Number();
            Assert.Equal(double.IsNaN(wanted), double.IsNaN(found));
            LossAssert.Value(double.IsNaN(wanted) ? 0 : wanted, double.IsNaN(wanted) ? 0 : found, metric.Name);
        }
    }

    private static void CompareCorrection(JsonElement inputs, JsonElement options, string name, JsonElement expected)
    {
        ImportanceMode mode = name switch
        {
            "token_truncate" => ImportanceMode.TokenTruncate,
            "token_mask" => ImportanceMode.TokenMask,
            "sequence_truncate" => ImportanceMode.SequenceTruncate,
            "sequence_mask" => ImportanceMode.SequenceMask,
            _ => throw new InvalidDataException($"vllm_importance_sampling_mode {name}"),
        };
        double[][] old = Rows(inputs.GetProperty("old_logp"));
        double[] all = [.. old.SelectMany(row => row)];
        double[] sampled = [.. Rows(inputs.GetProperty("sampling_logp")).SelectMany(row => row)];
        double least = options.Number("vllm_importance_sampling_clip_min", 0);
        double most = options.Number("vllm_importance_sampling_clip_max", double.PositiveInfinity);
        double[] ratios = new double[ImportanceCorrection.IsPerSequence(mode) ? old.Length : all.Length];
        if (ImportanceCorrection.IsPerSequence(mode))
        {
            ImportanceCorrection.Sequences(all, sampled, PairBatch.Starts(old), mode, least, most, ratios);
        }
        else
        {
            ImportanceCorrection.Tokens(all, sampled, mode, least, most, ratios);
        }

        LossAssert.Gradients(expected.GetProperty("importance_sampling_ratio").Numbers(), ratios);
        double[] differences = [.. all.Zip(sampled, (o, m) => Math.Abs(o - m)).Where(difference => !double.IsNaN(difference))];
        foreach (JsonProperty metric in expected.GetProperty("metrics").EnumerateObject().Where(m => m.Name.StartsWith("sampling/", StringComparison.Ordinal)))
        {
            double[] values = metric.Name.Contains("difference", StringComparison.Ordinal) ? differences : ratios;
            LossAssert.Value(metric.Value.Number(), metric.Name.Split('/')[^1] switch { "min" => values.Min(), "max" => values.Max(), _ => values.Average() }, metric.Name);
        }
    }

    private static RewardScale Scale(string name) => name switch
    {
        "group" => RewardScale.Group,
        "batch" => RewardScale.Batch,
        "none" => RewardScale.None,
        _ => throw new InvalidDataException($"scale_rewards {name}"),
    };

    private static void RequireKnown(JsonElement options)
    {
        string[] known =
        [
            "num_generations", "scale_rewards", "multi_objective_aggregation", "reward_weights", "beta", "normalize_advantages", "reward_clip_range", "logps",
            "vllm_importance_sampling_mode", "vllm_importance_sampling_clip_min", "vllm_importance_sampling_clip_max", "mask_truncated_completions", "lengths", "ends_with_eos",
        ];
        Assert.All(options.EnumerateObject(), option => Assert.Contains(option.Name, known));
        Assert.Contains(Text(options, "multi_objective_aggregation", "sum_then_normalize"), (string[])["sum_then_normalize", "normalize_then_sum"]);
    }

    private static string Text(JsonElement options, string key, string otherwise) => options.TryGetProperty(key, out JsonElement value) ? value.GetString()! : otherwise;

    private static double[][] Rows(JsonElement rows) =>
        [.. rows.EnumerateArray().Select(row => row.EnumerateArray().Select(value => value.ValueKind == JsonValueKind.Null ? double.NaN : value.Number()).ToArray())];
}
