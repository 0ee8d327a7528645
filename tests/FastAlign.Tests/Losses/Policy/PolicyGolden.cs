using System.Text.Json;
using FastAlign.Alignment;
using FastAlign.Core;

namespace FastAlign.Tests.Losses;

/// <summary>One case of a golden file of policy losses: its rows, its options as ours, TRL's reading of one micro-batch.</summary>
internal sealed class PolicyGolden
{
    private readonly string _family;
    private readonly JsonElement _options;
    private readonly JsonElement _inputs;

    public PolicyGolden(JsonElement file, string name)
    {
        _family = file.GetProperty("family").GetString()!;
        JsonElement golden = file.GetProperty("cases").Named(name);
        _options = golden.GetProperty("options");
        _inputs = file.GetProperty("batches").GetProperty(golden.GetProperty("batch").GetString()!);
        Expected = golden.GetProperty("expected");
        Batch = ReadBatch();
    }

    public JsonElement Expected { get; }

    public PolicyBatch Batch { get; }

    /// <summary>A micro-batch counts as one of so many of its step.</summary>
    public double Share => IsEvaluation ? 1 : 1 / _options.Number("gradient_accumulation_steps", 1);

    /// <summary>TRL logs policy_loss divided by the accumulation steps where the loss has them in its denominator.</summary>
    public double LoggedShare => Text("loss_type", "dapo") is "dapo" or "cispo" or "vespo" ? Share : 1;

    /// <summary>Counts of the micro-batch, whose loss TRL then divides by the accumulation steps.</summary>
    public StepCounts Counts
    {
        get
        {
            StepCounts counts = Batch.Counts;
            double items = _options.Number("num_items_in_batch", counts.Tokens);
            double perGeneration = _options.Number("steps_per_generation", 1);
            double accumulation = _options.Number("gradient_accumulation_steps", 1);
            return _family == "async_grpo"
                ? counts with { Tokens = (long)_options.Number("global_n_tokens", counts.Tokens) }
                : counts with { RolloutTokens = IsEvaluation ? items : items / perGeneration * (accumulation * Share) };
        }
    }

    private bool IsEvaluation => _options.TryGetProperty("mode", out JsonElement mode) && mode.GetString() switch
    {
        "eval" => true,
        "train" => false,
        string other => throw new InvalidDataException($"mode {other}"),
        null => false,
    };

    public PolicyLoss Loss()
    {
        string type = _family switch
        {
            "grpo" or "gspo_token" => Text("loss_type", "dapo"),
            "gmpo" when Text("loss_type", "grpo") == "grpo" => "gmpo",
            "async_grpo" or "rloo" => _family,
            _ => throw new InvalidDataException($"family {_family}, loss_type {Text("loss_type", "none")}"),
        };
        PolicyOptions options = new() { IsKlCorrected = false, MaxCompletionLength = 64 };
        foreach (JsonProperty option in _options.EnumerateObject().Where(o => o.Value.ValueKind != JsonValueKind.Null))
        {
            options = With(options, option);
        }

        return PolicyLosses.Create(type, options);
    }

    private PolicyOptions With(PolicyOptions options, JsonProperty option) => option.Name switch
    {
        "epsilon" => options with { Epsilon = option.Value.Number() },
        "epsilon_high" => options with { EpsilonHigh = option.Value.Number() },
        "delta" => options with { Delta = option.Value.Number() },
        "beta" => options with { Beta = option.Value.Number() },
        "use_bias_correction_kl" => options with { IsKlCorrected = option.Value.GetBoolean() },
        "max_completion_length" => options with { MaxCompletionLength = option.Value.GetInt32() },
        "top_entropy_quantile" => options with { TopEntropyShare = option.Value.Number() },
        "off_policy_mask_threshold" => options with { OffPolicyThreshold = option.Value.Number() },
        "sapo_temperature_pos" => options with { SapoTemperaturePositive = option.Value.Number() },
        "sapo_temperature_neg" => options with { SapoTemperatureNegative = option.Value.Number() },
        "vespo_k_pos" => options with { VespoKPositive = option.Value.Number() },
        "vespo_lambda_pos" => options with { VespoLambdaPositive = option.Value.Number() },
        "vespo_k_neg" => options with { VespoKNegative = option.Value.Number() },
        "vespo_lambda_neg" => options with { VespoLambdaNegative = option.Value.Number() },
        "importance_sampling_level" => options with { Level = Level(option.Value.GetString()!) },
        "entropy_coef" => options with
        {
            Entropy = new EntropyBonus
            {
                Coefficient = option.Value.Number(),
                Target = _options.TryGetProperty("entropy_target", out JsonElement target) ? target.Number() : null,
                Delta = _options.Number("entropy_coef_delta", 0),
                Least = _options.Number("entropy_coef_min", 0),
                Most = _options.Number("entropy_coef_max", 1),
                LastEntropy = _options.Number("last_world_entropy", 0),
            },
        },
        "loss_type" or "gradient_accumulation_steps" or "steps_per_generation" or "num_items_in_batch" or "mode" or "global_n_tokens" => options,
        "entropy_target" or "entropy_coef_delta" or "entropy_coef_min" or "entropy_coef_max" or "last_world_entropy" => options,
        "old_logp" or "importance_sampling_ratio" or "advantages" or "off_policy_source" => options,
        _ => throw new InvalidDataException($"option {option.Name}"),
    };

    private static RatioLevel Level(string name) => name switch
    {
        "token" => RatioLevel.Token,
        "sequence" => RatioLevel.Sequence,
        "sequence_token" => RatioLevel.SequenceToken,
        _ => throw new InvalidDataException($"importance_sampling_level {name}"),
    };

    private string Text(string option, string otherwise) => _options.TryGetProperty(option, out JsonElement value) ? value.GetString()! : otherwise;

    private PolicyBatch ReadBatch()
    {
        double[][] logProb = PairBatch.Ragged(_inputs.GetProperty("logp"));
        PolicyBatch batch = new()
        {
            RowStarts = PairBatch.Starts(logProb),
            LogProb = [.. logProb.SelectMany(row => row)],
            Reference = Flat("ref_logp"),
            Entropy = Flat("entropy"),
            Weight = Flat("mask"),
        };
        if (!_options.TryGetProperty("old_logp", out JsonElement hasOld) || hasOld.GetBoolean())
        {
            batch.Columns[Column.OldLogProb] = Flat("old_logp");
        }

        if (_options.TryGetProperty("off_policy_mask_threshold", out _))
        {
            batch.Columns[Column.SamplingLogProb] = Flat(Text("off_policy_source", "sampling") switch
            {
                "sampling" => "sampling_logp",
                "old" => "old_logp",
                string other => throw new InvalidDataException($"off_policy_source {other}"),
            });
        }

        switch (Text("importance_sampling_ratio", "none"))
        {
            case "token":
                batch.Columns[Column.ImportanceRatio] = Flat("is_ratio_token");
                break;
            case "sequence":
                batch.Columns[Column.SequenceImportanceRatio] = _inputs.GetProperty("is_ratio_sequence").Numbers();
                break;
            case "none":
                break;
            default:
                throw new InvalidDataException($"importance_sampling_ratio {Text("importance_sampling_ratio", "none")}");
        }

        bool isToken = Text("advantages", "sequence") switch
        {
            "token" => true,
            "sequence" => false,
            string other => throw new InvalidDataException($"advantages {other}"),
        };
        batch.Columns[isToken ? Column.Advantage : Column.SequenceAdvantage] = isToken ? Flat("advantage_token") : _inputs.GetProperty("advantage").Numbers();
        return batch;
    }

    private double[] Flat(string name) => _inputs.TryGetProperty(name, out JsonElement rows) ? [.. PairBatch.Ragged(rows).SelectMany(row => row)] : [];
}
