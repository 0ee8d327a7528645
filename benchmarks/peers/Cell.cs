namespace FastAlign.Peers;

/// <summary>One cell of a comparison: the same work for both engines. A side is set up when it is asked for, so that a process can hold one alone.</summary>
/// <param name="Name">What is computed.</param>
/// <param name="Shape">At which size.</param>
/// <param name="Threads">On both sides.</param>
/// <param name="Ours">FastAlign.</param>
/// <param name="Peer">The other engine.</param>
internal sealed record Cell(string Name, string Shape, int Threads, Func<ISide> Ours, Func<ISide> Peer)
{
    /// <summary>Work of one run, for the rate.</summary>
    public Work Work { get; init; }

    /// <summary>How far <see cref="ISide.Results"/> may differ, relative to the larger of their size and 1.</summary>
    public double Tolerance { get; init; } = 1e-4;

    /// <summary>Runs whose results are compared before anything is timed: more than one where a run depends on what the one before it did.</summary>
    public int CheckedRuns { get; init; } = 1;

    /// <summary>Names the cell: what <c>--only</c> looks at.</summary>
    public string Key => $"{Name} {Shape} t{Threads}";
}

/// <summary>Amount of work in a unit per second's sake: 12 GFLOP are 12, "GFLOP/s".</summary>
/// <param name="Amount">Of one run.</param>
/// <param name="Unit">Of the amount per second.</param>
internal readonly record struct Work(double Amount, string Unit)
{
    /// <summary>Amount per second.</summary>
    public double Rate(double ms) => Amount / ms * 1e3;
}
