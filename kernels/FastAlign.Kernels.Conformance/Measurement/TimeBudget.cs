namespace FastAlign.Kernels.Conformance;

/// <summary>How long to time one thing.</summary>
/// <param name="WarmUps">Calls before the first that counts, however long they take.</param>
/// <param name="WarmUpSeconds">More of them follow until this much time is spent: the runtime compiles what is called often a second and a third time, in the background, each a tenth of a second or more after the last.</param>
/// <param name="LeastCalls">Calls that count, however long they take.</param>
/// <param name="Seconds">More calls follow until this much time is spent.</param>
public sealed record TimeBudget(int WarmUps, double WarmUpSeconds, int LeastCalls, double Seconds)
{
    /// <summary>For single ops.</summary>
    public static TimeBudget Kernel { get; } = new(3, 0.5, 5, 0.3);

    /// <summary>For single ops, where a table must be there in a minute.</summary>
    public static TimeBudget QuickKernel { get; } = new(2, 0.35, 3, 0.06);

    /// <summary>For whole steps: of a large model the first one is warm-up enough.</summary>
    public static TimeBudget Step { get; } = new(1, 1, 3, 1);

    /// <summary>For whole steps of a small model, where a table must be there in a minute.</summary>
    public static TimeBudget QuickStep { get; } = new(1, 0.5, 3, 0.5);
}
