using System.Text.Json;
using FastAlign.Alignment;
using FastAlign.Core;
using Xunit;

namespace FastAlign.Tests.Losses;

/// <summary>One case of the distillation goldens, as TRL's options say it: which loss, which divergence, through which logits.</summary>
internal sealed class DistillationGolden
{
    private readonly ILoss _loss;
    private readonly RowDivergence? _divergence;
    private readonly DivergenceSpec _spec;

    private DistillationGolden(DistillationBatch batch, JsonElement expected, ILoss loss, RowDivergence? divergence, DivergenceSpec spec)
    {
        (Batch, Expected) = (batch, expected);
        (_loss, _divergence, _spec) = (loss, divergence, spec);
    }

    public DistillationBatch Batch { get; }

    public JsonElement Expected { get; }

    public static DistillationGolden Read(string family, JsonElement golden, string name)
    {
        JsonElement entry = golden.GetProperty("cases").Named(name);
        JsonElement options = entry.GetProperty("options");
        JsonElement inputs = golden.GetProperty("batches").GetProperty(entry.GetProperty("batch").GetString()!);
        DistillationBatch batch = DistillationBatch.FromGolden(inputs);
        (ILoss loss, RowDivergence? divergence, DivergenceSpec spec) = family switch
        {
            "gkd" => Gkd(options, batch),
            "distillation" => Distillation(options),
            "self_distillation" => SelfDistillation(options, inputs, batch),
            "iw_opd" => OnPolicy(options, inputs, batch),
            "minillm" => MiniLlm(options, inputs, batch),
            _ => throw new InvalidOperationException($"unknown family {family}"),
        };
        return new DistillationGolden(batch, entry.GetProperty("expected"), loss, divergence, spec);
    }

    public (double Loss, double[] DLogits, MetricAccumulator Metrics) Evaluate(Backend backend) => Batch.Evaluate(backend, _loss, _divergence, _spec);

    public void CheckMetrics(MetricAccumulator actual)
    {
        if (!Expected.TryGetProperty("metrics", out JsonElement metrics))
        {
            return;
        }

        int rows = Batch.Scored.Length;
        double loss = Expected.GetProperty("loss").Number();
        foreach (JsonProperty metric in metrics.EnumerateObject())
        {
            double value = metric.Name switch
            {
                "entropy_sum" => rows * actual.Value(Metric.Entropy),
                "num_valid" => rows,
                "self_distillation/loss" => actual.Value(DistillationMetrics.Divergence),

                // The loss itself, which the test compares.
                "self_distillation/policy_loss" => loss,

                // On policy the ratio is 1: nothing is clipped.
                _ when metric.Name.StartsWith("clip_ratio/", StringComparison.Ordinal) => 0,
                _ => actual.Value(new Metric(metric.Name, "", "")),
            };
            LossAssert.Value(metric.Value.Number(), value, metric.Name);
        }
    }

    private static (ILoss, RowDivergence?, DivergenceSpec) Gkd(JsonElement options, DistillationBatch batch)
    {
        options.RequireOnly("beta", "temperature", "reduction", "num_items_in_batch", "labels");
        if (options.TryGetProperty("labels", out JsonElement labels))
        {
            Assert.Equal("all -100", labels.GetString());
            Array.Clear(batch.IsScored);
        }

        Normalizer normalizer = ReductionOf(options, batch);
        var head = new HeadSpec { Temperature = options.Number("temperature", 1) };
        return (new DivergenceLoss("gkd", normalizer, ImportanceClip.None), new FullDivergence(), new DivergenceSpec(options.Number("beta", 0.5), head, head));
    }

    private static (ILoss, RowDivergence?, DivergenceSpec) Distillation(JsonElement options)
    {
        options.RequireOnly(
            "beta", "temperature", "num_items_in_batch", "student_logit_scale", "teacher_logit_scale", "student_final_logit_softcapping", "teacher_final_logit_softcapping");
        Normalizer normalizer = ItemsOf(options);
        HeadSpec Side(string prefix) => new(
            options.Number($"{prefix}_logit_scale", 1), options.Number($"{prefix}_final_logit_softcapping", 0), options.Number("temperature", 1));
        return (new DivergenceLoss("distillation", normalizer, ImportanceClip.None), new FullDivergence(), new DivergenceSpec(options.Number("beta", 1), Side("student"), Side("teacher")));
    }

    private static (ILoss, RowDivergence?, DivergenceSpec) SelfDistillation(JsonElement options, JsonElement inputs, DistillationBatch batch)
    {
        if (options.TryGetProperty("loss_type", out JsonElement policy))
        {
            return (Policy(policy.GetString()!, options, inputs, batch), null, new DivergenceSpec(1, new HeadSpec(), new HeadSpec()));
        }

        options.RequireOnly("distillation_mode", "distillation_alpha", "distillation_topk", "distillation_add_tail", "distillation_is_clip");
        batch.Fill(Column.OldLogProb, inputs.GetProperty("old_logp").Numbers());
        Normalizer normalizer = Normalizer.SequenceMeans;
        var clip = new ImportanceClip(options.Number("distillation_is_clip", double.PositiveInfinity));
        var spec = new DivergenceSpec(options.Number("distillation_alpha", 0.5), new HeadSpec(), new HeadSpec());
        bool hasTail = options.TryGetProperty("distillation_add_tail", out JsonElement tail) && tail.GetBoolean();
        return options.GetProperty("distillation_mode").GetString() switch
        {
            "full_logits" => (new DivergenceLoss("self_distillation", normalizer, clip), new FullDivergence(), spec),
            "topk_logits" => (
                new DivergenceLoss("self_distillation", normalizer, clip),
                new SupportDivergence(SupportSource.Student, options.GetProperty("distillation_topk").GetInt32(), hasTail),
                spec),
            "sampled_token" => (new SampledTokenLoss(normalizer, clip), null, spec),
            string mode => throw new InvalidOperationException($"distillation_mode: unknown value {mode}"),
            null => throw new InvalidOperationException("distillation_mode: not set"),
        };
    }

    /// <summary>SDPO's policy part: a clipped ratio with the data's advantages; TRL's README gives 64 where max_completion_length is not said.</summary>
    private static PolicyLoss Policy(string lossType, JsonElement options, JsonElement inputs, DistillationBatch batch)
    {
        const int MaxCompletionLength = 64;
        options.RequireOnly("loss_type", "epsilon", "epsilon_high", "importance_sampling_level");
        batch.Fill(Column.OldLogProb, inputs.GetProperty("old_logp").Numbers());
        double[] advantages = inputs.GetProperty("advantage").Numbers();
        batch.Fill(Column.Advantage, [.. advantages.SelectMany((advantage, s) => Enumerable.Repeat(advantage, batch.RowLengths[s]))]);
        return PolicyLosses.Create(lossType, new PolicyOptions
        {
            Epsilon = options.Number("epsilon", 0.2),
            EpsilonHigh = options.Number("epsilon_high", 0.2),
            Level = options.GetProperty("importance_sampling_level").GetString() switch
            {
                "token" => RatioLevel.Token,
                "sequence" => RatioLevel.Sequence,
                string level => throw new InvalidOperationException($"importance_sampling_level: unknown value {level}"),
                null => throw new InvalidOperationException("importance_sampling_level: not set"),
            },
            MaxCompletionLength = MaxCompletionLength,
        });
    }

    private static (ILoss, RowDivergence?, DivergenceSpec) OnPolicy(JsonElement options, JsonElement inputs, DistillationBatch batch)
    {
        options.RequireOnly(
            "objective", "iw_opd_gamma", "iw_opd_epsilon", "rollout", "num_items_in_batch", "temperature", "beta", "top_k", "add_tail", "reverse_kl_top_1_mode");
        double beta = options.Number("beta", 1);
        var head = new HeadSpec { Temperature = options.Number("temperature", 1) };
        Normalizer normalizer = ItemsOf(options);
        var spec = new DivergenceSpec(beta, head, head);
        bool hasTail = options.TryGetProperty("add_tail", out JsonElement tail) && tail.GetBoolean();
        switch (options.GetProperty("objective").GetString())
        {
            case "iw_opd":
                if (options.GetProperty("rollout").GetBoolean())
                {
                    batch.Fill(Column.SamplingLogProb, inputs.GetProperty("rollout_logp").Numbers());
                }

                return (new WeightedOnPolicyLoss(options.Number("iw_opd_gamma", 1), options.Number("iw_opd_epsilon", 1e-8), normalizer), null, spec);
            case "jsd_topk":
                return (
                    new DivergenceLoss("iw_opd", normalizer, ImportanceClip.None),
                    new SupportDivergence(Source(beta, SupportSource.Student), options.GetProperty("top_k").GetInt32(), hasTail),
                    spec);
            case "sparse_top1":
                SupportSource ofStudent = options.GetProperty("reverse_kl_top_1_mode").GetString() switch
                {
                    "sampled" => SupportSource.Target,
                    "argmax" => SupportSource.Student,
                    string mode => throw new InvalidOperationException($"reverse_kl_top_1_mode: unknown value {mode}"),
                    null => throw new InvalidOperationException("reverse_kl_top_1_mode: not set"),
                };
                return (new DivergenceLoss("iw_opd", normalizer, ImportanceClip.None), new SupportDivergence(Source(beta, ofStudent), 1, hasTail), spec);
            default:
                throw new InvalidOperationException($"objective: unknown value {options.GetProperty("objective")}");
        }
    }

    private static SupportSource Source(double beta, SupportSource ofStudent) => beta switch
    {
        0 => SupportSource.Teacher,
        1 => ofStudent,
        _ => SupportSource.Teacher | ofStudent,
    };

    private static (ILoss, RowDivergence?, DivergenceSpec) MiniLlm(JsonElement options, JsonElement inputs, DistillationBatch batch)
    {
        if (!options.TryGetProperty("loss_type", out JsonElement lossType))
        {
            options.RequireOnly("reduction");
            Normalizer normalizer = ReductionOf(options, batch);
            return (new DivergenceLoss("minillm", normalizer, ImportanceClip.None), new FullDivergence(), new DivergenceSpec(1, new HeadSpec(), new HeadSpec()));
        }

        options.RequireOnly("loss_type", "rkl_advantage", "single_step_decomposition", "kd_temperature", "gamma", "length_normalization", "epsilon", "epsilon_high");
        Assert.Equal("bnpo", lossType.GetString());
        double[] advantages = inputs.GetProperty("advantage").Numbers();
        batch.Fill(Column.Advantage, [.. advantages.SelectMany((advantage, s) => Enumerable.Repeat(advantage, batch.RowLengths[s]))]);
        var miniLlm = new MiniLlmOptions
        {
            HasReverseKlAdvantage = options.GetProperty("rkl_advantage").GetBoolean(),
            HasSingleStep = options.GetProperty("single_step_decomposition").GetBoolean(),
            Gamma = options.GetProperty("gamma").Number(),
            IsLengthNormalized = options.GetProperty("length_normalization").GetBoolean(),
        };
        var head = new HeadSpec { Temperature = options.Number("kd_temperature", 1) };
        return (new MiniLlmLoss(miniLlm), miniLlm.HasSingleStep ? new FullDivergence() : null, new DivergenceSpec(1, head, head));
    }

    private static Normalizer ReductionOf(JsonElement options, DistillationBatch batch)
    {
        string? reduction = options.TryGetProperty("reduction", out JsonElement given) ? given.GetString() : "batchmean";
        return reduction switch
        {
            "batchmean" => ItemsOf(options),
            "mean" => Normalizer.Fixed(batch.Scored.Length * batch.Vocabulary),
            "sum" => Normalizer.Fixed(1),
            _ => throw new InvalidOperationException($"reduction: unknown value {reduction}"),
        };
    }

    private static Normalizer ItemsOf(JsonElement options) => options.Number("num_items_in_batch", 0) is > 0 and double items ? Normalizer.Fixed(items) : Normalizer.Tokens;
}
