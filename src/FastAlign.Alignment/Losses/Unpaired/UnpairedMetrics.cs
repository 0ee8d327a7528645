namespace FastAlign.Alignment;

/// <summary>Figures of unpaired losses, beside those of <see cref="Metric"/>.</summary>
public static class UnpairedMetrics
{
    public static Metric Kl { get; } = new("kl", "KTO's estimate of KL(pi, ref), max(0, mean log-ratio of mismatched completions), nats", "none");

    public static Metric KlError { get; } = new("kl_std_error", "standard error of the mean that kl is made from, nats", "none");

    public static Metric Delta { get; } = new("delta", "BCO's running mean of the rewards beta (log pi - log ref), nats", "none");

    public static Metric Value { get; } = new("value", "DRO's baseline: the value of the prompt, in units of reward", "completions");

    public static Metric ValueLoss { get; } = new("value_loss", "(r - V - tau h)^2 / 2 of the value network, before its step, in squared units of reward", "completions");

    public static Metric PassRate { get; } = new("pass_rate", "share of right answers to the prompt", "completions");
}
