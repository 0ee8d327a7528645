using FastAlign.Core;

namespace FastAlign.Models;

/// <summary>How the next token is drawn. The defaults are greedy.</summary>
public sealed record SamplingOptions
{
    /// <summary>Divides the logits; 0 means greedy.</summary>
    public double Temperature { get; init; }

    /// <summary>Keep the k largest logits (ties of the k-th are kept); 0 keeps all.</summary>
    public int TopK { get; init; }

    /// <summary>Keep the smallest set of tokens whose probability reaches p; 1 keeps all.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Seed of the draws: draw t of sample i is a pure function of (seed, i, t).</summary>
    public ulong Seed { get; init; }

    public bool IsGreedy => Temperature == 0;

    /// <exception cref="InputException">An option is out of range.</exception>
    public void Check()
    {
        if (!(Temperature >= 0) || double.IsInfinity(Temperature))
        {
            throw new InputException($"temperature: expected a number of at least 0, found {Temperature}");
        }

        if (TopK < 0)
        {
            throw new InputException($"top_k: expected a whole number of at least 0, found {TopK}");
        }

        if (!(TopP is > 0 and <= 1))
        {
            throw new InputException($"top_p: expected a number in (0, 1], found {TopP}");
        }
    }
}
