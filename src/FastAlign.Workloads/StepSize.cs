namespace FastAlign.Workloads;

/// <summary>What a training step is made of.</summary>
/// <param name="Examples">Pairs, or sequences.</param>
/// <param name="Prompt">Tokens of each prompt.</param>
/// <param name="Response">Tokens of each response.</param>
public readonly record struct StepSize(int Examples, int Prompt, int Response)
{
    public override string ToString() => $"{Examples}x{Prompt}+{Response}";
}

/// <summary>Which step.</summary>
public enum StepKind
{
    /// <summary>DPO with a frozen copy as the reference, both forward.</summary>
    Dpo,

    /// <summary>Next-token loss on every token but the first.</summary>
    Sft,
}
