namespace FastAlign.Alignment;

/// <summary>What distillation losses report beside the common metrics.</summary>
public static class DistillationMetrics
{
    public static Metric Divergence { get; } = new("distillation/divergence", "divergence of policy and teacher as the loss takes it, importance weights included, nats", "scored tokens");

    public static Metric UniversalDistance { get; } = new("uld/distance", "distance of policy and teacher over a stretch of text, weights of the hybrid form included", "stretches");

    public static Metric MeanAdvantage { get; } = new("iw_opd/mean_advantage", "weight times (log teacher - log rollout) of the sampled token, nats", "scored tokens");

    public static Metric MeanAbsoluteAdvantage { get; } = new("iw_opd/mean_abs_advantage", "|log teacher - log rollout| of the sampled token, nats", "scored tokens");

    public static Metric MeanWeight { get; } = new("iw_opd/mean_weight", "weight of the token", "scored tokens");

    public static Metric LeastWeight { get; } = new("iw_opd/min_weight", "least weight of a token", "micro-batches");

    public static Metric LargestWeight { get; } = new("iw_opd/max_weight", "largest weight of a token", "micro-batches");

    public static Metric TeacherAdvantage { get; } = new("minillm/advantage", "discounted log teacher - log student from the token on, nats", "scored tokens");
}
