namespace FastAlign.Alignment;

/// <summary>A loss that compares the policy with a teacher. Beside log-probs it may read the divergence of the two at each row.</summary>
public interface IDistillationLoss : ILoss
{
    /// <summary>Whether <see cref="LossInputs.Divergence"/> must be given.</summary>
    bool NeedsDivergence { get; }

    /// <summary>
    /// Whether the log-probs of the policy are those at the distillation temperature. If not, they are at 1, and those at the distillation temperature come as
    /// <see cref="LossInputs.TemperedLogProb"/>.
    /// </summary>
    bool IsTempered { get; }

    /// <summary>Whether the derivatives by the policy's main log-probs can differ from 0.</summary>
    bool HasLogProbGradient { get; }
}
