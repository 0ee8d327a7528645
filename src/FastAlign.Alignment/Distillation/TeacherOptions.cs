namespace FastAlign.Alignment;

/// <summary>How policy and teacher are compared.</summary>
public sealed record TeacherOptions
{
    /// <summary>What the loss makes of it.</summary>
    public required IDistillationLoss Loss { get; init; }

    /// <summary>Gives the divergence that <see cref="IDistillationLoss.NeedsDivergence"/> asks for.</summary>
    public Func<RowDivergence> Divergence { get; init; } = static () => new FullDivergence();

    /// <summary>Beta of the divergence, in [0, 1]: 0 is KL(teacher, policy), 1 is KL(policy, teacher).</summary>
    public double Beta { get; init; } = 0.5;

    /// <summary>Divides the logits of both, above 0.</summary>
    public double Temperature { get; init; } = 1;
}
