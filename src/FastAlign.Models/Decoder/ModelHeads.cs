namespace FastAlign.Models;

/// <summary>What is read off the scored rows of the residual stream.</summary>
[Flags]
public enum ModelHeads
{
    None = 0,

    /// <summary>Log-probs of the targets: <see cref="LogProbHead"/>.</summary>
    LogProb = 1,

    /// <summary>Scores: <see cref="ScoreHead"/>.</summary>
    Score = 2,

    /// <summary>The rows themselves after the final norm, [R, C]: what transformers calls the last hidden state.</summary>
    Embedding = 4,

    /// <summary>The weights of a linear score head, [labels, C]: for losses with a term in them, or that apply them in their own way.</summary>
    ScoreWeights = 8,

    /// <summary>Beside <see cref="LogProb"/>: entropies are a term of the loss, so the head differentiates them, too.</summary>
    Entropy = 16,
}
