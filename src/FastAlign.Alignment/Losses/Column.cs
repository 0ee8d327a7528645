namespace FastAlign.Alignment;

/// <summary>What a column has one value for.</summary>
public enum ColumnScope
{
    /// <summary>Each scored row, [R].</summary>
    Row,

    /// <summary>Each sequence, [S].</summary>
    Sequence,

    /// <summary>Each example (pair, list, rollout), [E].</summary>
    Example,
}

/// <summary>
/// What the data say beside tokens: a name, what it is, and what it has one value for. Losses read columns by these objects; data sets fill them. A
/// loss of one's own may bring a column of its own. Compared by name.
/// </summary>
/// <param name="Name">Field of the data row it comes from, where it comes from one.</param>
/// <param name="Scope">What there is one value for.</param>
/// <param name="Definition">Meaning, unit, and what counts where it is absent.</param>
public sealed record Column(string Name, ColumnScope Scope, string Definition)
{
    public static Column Margin { get; } = new("margin", ColumnScope.Example, "how much better the chosen side is, in the data's unit; 0 if absent");

    public static Column SoftLabel { get; } = new("soft_label", ColumnScope.Example, "probability that the chosen side is the better one; 1 if absent");

    public static Column ExampleWeight { get; } = new("weight", ColumnScope.Example, "factor of the example's loss, at least 0; 1 if absent");

    public static Column Label { get; } = new("label", ColumnScope.Sequence, "1 for a desirable completion, 0 for an undesirable one");

    public static Column Reward { get; } = new("reward", ColumnScope.Sequence, "scalar reward of the completion, in the data's unit");

    public static Column DesirableProbability { get; } = new("prob_desirable", ColumnScope.Sequence, "probability that a prompt like this one comes with a desirable completion");

    public static Column Value { get; } = new("value", ColumnScope.Sequence, "value of the prompt by a network of its own, in units of reward");

    public static Column LogRatio { get; } = new("log_ratio", ColumnScope.Sequence, "log pi - log ref of the completion to a prompt, nats: what a value network learns beside the reward");

    public static Column PassRate { get; } = new("pass_rate", ColumnScope.Sequence, "share of right answers among those to the same prompt, in [0, 1]");

    public static Column EndsWithEos { get; } = new("contains_eos", ColumnScope.Sequence, "1 for a completion that ended by itself, 0 for one that was cut off");

    public static Column WinProbability { get; } = new("probability", ColumnScope.Sequence, "probability that the completion beats its opponent, in [0, 1]");

    public static Column IsReferenceSample { get; } = new("is_reference", ColumnScope.Sequence, "1 for a completion that the reference sampled, 0 for one of the policy");

    public static Column Baseline { get; } = new("v_star", ColumnScope.Sequence, "value of the prompt that a reward is compared with, in the reward's unit; 0 if absent");

    public static Column Advantage { get; } = new("advantage", ColumnScope.Row, "advantage of the token, in units of reward");

    public static Column SequenceAdvantage { get; } = new("sequence_advantage", ColumnScope.Sequence, "advantage of every token of the completion, where tokens have none of their own");

    public static Column OldLogProb { get; } = new("old_logps", ColumnScope.Row, "log-prob under the policy that the rollout batch was scored with, nats");

    public static Column SamplingLogProb { get; } = new("sampling_logps", ColumnScope.Row, "log-prob under the engine that sampled the token, nats");

    public static Column Safe { get; } = new("safe", ColumnScope.Sequence, "1 for a completion judged safe, 0 for a harmful one; 1 if absent");

    public static Column StepLabel { get; } = new("step_label", ColumnScope.Row, "class of the reasoning step that ends here, from 0; -100 if it has none");

    public static Column SequenceTokens { get; } = new("tokens", ColumnScope.Sequence, "tokens of the whole sequence, prompt included");

    public static Column GroupShare { get; } = new("group_share", ColumnScope.Row, "distillation across tokenizers: 1 over the number of compared stretches of the sequence where the row speaks for one, else 0");

    public static Column ImportanceRatio { get; } = new("importance_sampling_ratio", ColumnScope.Row, "factor of the token's loss: sampled by another engine than scored; 1 if absent");

    public static Column SequenceImportanceRatio { get; } = new("sequence_importance_sampling_ratio", ColumnScope.Sequence, "as importance_sampling_ratio, one for all tokens of the completion");

    private static readonly Column[] Members =
        [.. Enumerable.Range(0, LargestEnsemble).Select(k => new Column($"member_{k}", ColumnScope.Example, "how often the example is in the bootstrap of this member of an ensemble"))];

    /// <summary>Most members of an ensemble.</summary>
    public const int LargestEnsemble = 256;

    /// <summary>The bootstrap of member <paramref name="k"/> of an ensemble of reward models.</summary>
    public static Column Member(int k) => Members[k];
}
