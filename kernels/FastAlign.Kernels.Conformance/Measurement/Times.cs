using System.Diagnostics;

namespace FastAlign.Kernels.Conformance;

/// <summary>Wall time of one call. The best is what the code can do; the median beside it says how quiet the machine was.</summary>
public readonly record struct Times(double BestSeconds, double MedianSeconds)
{
    /// <summary>So many calls are enough for a median, and bound what is kept of them.</summary>
    private const int MostCalls = 100_000;

    /// <summary>Times a call again and again. It must have finished its work when it returns.</summary>
    public static Times Measure(Action call, TimeBudget budget)
    {
        for (int i = 0; i < budget.WarmUps; i++)
        {
            call();
        }

        var seconds = new List<double>();
        long begun = Stopwatch.GetTimestamp();
        while (seconds.Count < budget.LeastCalls || (seconds.Count < MostCalls && Stopwatch.GetElapsedTime(begun).TotalSeconds < budget.Seconds))
        {
            long before = Stopwatch.GetTimestamp();
            call();
            seconds.Add(Stopwatch.GetElapsedTime(before).TotalSeconds);
        }

        seconds.Sort();
        return new Times(seconds[0], seconds[seconds.Count / 2]);
    }
}
