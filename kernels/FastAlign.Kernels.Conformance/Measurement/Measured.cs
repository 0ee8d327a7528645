namespace FastAlign.Kernels.Conformance;

/// <summary>A row of a benchmark: what was timed, how much work it is, how long it took, whether the result was right.</summary>
/// <param name="Name">What was timed.</param>
/// <param name="Times">Of one call.</param>
/// <param name="Work">Of one call.</param>
/// <param name="PeakBytes">Most memory the backend held for it, workspace included.</param>
public sealed record Measured(string Name, Times Times, Work Work, long PeakBytes)
{
    /// <summary>Tokens of one call; 0 for a kernel.</summary>
    public long Tokens { get; init; }

    /// <summary>False if the backend has no such op; then nothing was timed.</summary>
    public bool IsSupported { get; init; } = true;

    /// <summary>What the check after timing found wrong, or null.</summary>
    public string? Failure { get; init; }

    public double GigaflopsPerSecond => Rate(Work.Flops) * 1e-9;

    public double GigabytesPerSecond => Rate(Work.Bytes) * 1e-9;

    public double TokensPerSecond => Rate(Tokens);

    /// <summary>Share of the roof that bounds the work: the shortest time possible over the best time taken.</summary>
    public double ShareOf(Roofs roofs) => Rate(roofs.Bound(Work).Seconds);

    private double Rate(double amount) => Times.BestSeconds > 0 ? amount / Times.BestSeconds : 0;
}
