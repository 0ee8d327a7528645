namespace FastAlign.Alignment;

/// <summary>
/// How the distributions of several tokens that together spell what the other tokenizer says in one become one distribution. TRL's <c>uld_token_merge_strategy</c>.
/// </summary>
public enum MergeStrategy
{
    /// <summary>The distribution of the last token times the probabilities of those before it: how likely each way is to finish the stretch of text.</summary>
    Bayesian,

    /// <summary>The distribution of the first token times the probabilities of those after it.</summary>
    Observed,
}
