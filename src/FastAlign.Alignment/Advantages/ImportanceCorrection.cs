namespace FastAlign.Alignment;

/// <summary>How <c>old / mu</c>, the ratio of the policy that was scored to the engine that sampled, enters a loss. <c>vllm_importance_sampling_mode</c></summary>
public enum ImportanceMode
{
    /// <summary>Ratio of each token, kept within the bounds (truncated importance sampling; Yao et al., 2025).</summary>
    TokenTruncate,

    /// <summary>Ratio of each token, 0 outside the bounds (IcePop, 2025).</summary>
    TokenMask,

    /// <summary>Ratio of the sequence, kept within the bounds.</summary>
    SequenceTruncate,

    /// <summary>Ratio of the sequence, 0 outside the bounds (MiniRL, 2025). TRL's default, with the upper bound 3.</summary>
    SequenceMask,
}

/// <summary>Factors that correct a loss for tokens that another engine sampled, or the same one at another precision.</summary>
public static class ImportanceCorrection
{
    /// <summary>Whether the mode has one factor per sequence.</summary>
    public static bool IsPerSequence(ImportanceMode mode) => mode is ImportanceMode.SequenceTruncate or ImportanceMode.SequenceMask;

    /// <summary>Factors per token.</summary>
    /// <param name="old">[R] log-probs of the policy, nats.</param>
    /// <param name="sampled">[R] log-probs of the engine, nats; NaN where unknown, which counts as equal.</param>
    /// <param name="mode">A token mode.</param>
    /// <param name="least">Lower bound; 0 for none.</param>
    /// <param name="most">Upper bound; infinite for none.</param>
    /// <param name="ratios">[R] assigned.</param>
    public static void Tokens(ReadOnlySpan<double> old, ReadOnlySpan<double> sampled, ImportanceMode mode, double least, double most, Span<double> ratios)
    {
        for (int t = 0; t < old.Length; t++)
        {
            ratios[t] = Bounded(Math.Exp(Difference(old[t], sampled[t])), mode == ImportanceMode.TokenMask, least, most);
        }
    }

    /// <summary>Factors per sequence: the product of the ratios of its tokens, bounded.</summary>
    /// <param name="old">[R] log-probs of the policy, nats.</param>
    /// <param name="sampled">[R] log-probs of the engine, nats; NaN where unknown, which counts as equal.</param>
    /// <param name="rowStarts">[S + 1]</param>
    /// <param name="mode">A sequence mode.</param>
    /// <param name="least">Lower bound; 0 for none.</param>
    /// <param name="most">Upper bound; infinite for none.</param>
    /// <param name="ratios">[S] assigned.</param>
    public static void Sequences(
        ReadOnlySpan<double> old, ReadOnlySpan<double> sampled, ReadOnlySpan<int> rowStarts, ImportanceMode mode, double least, double most, Span<double> ratios)
    {
        for (int s = 0; s + 1 < rowStarts.Length; s++)
        {
            double sum = 0;
            for (int t = rowStarts[s]; t < rowStarts[s + 1]; t++)
            {
                sum += Difference(old[t], sampled[t]);
            }

            ratios[s] = Bounded(Math.Exp(sum), mode == ImportanceMode.SequenceMask, least, most);
        }
    }

    private static double Difference(double old, double sampled) => double.IsNaN(sampled) ? 0 : old - sampled;

    private static double Bounded(double ratio, bool isMask, double least, double most) =>
        !isMask ? Math.Clamp(ratio, least, most) : ratio < least || ratio > most ? 0 : ratio;
}
