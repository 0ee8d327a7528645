namespace FastAlign.Cpu.Head;

/// <summary>Sums that cost time and are gathered on request. Each has an accumulator of its own: asking for one changes no bit of another.</summary>
[Flags]
internal enum HeadStatistics
{
    None = 0,
    Entropy = 1,
    LogSumSquares = 2,
    MeanLogit = 4,
}
