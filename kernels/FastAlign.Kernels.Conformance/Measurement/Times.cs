using System.Diagnostics;

namespace FastAlign.Kernels.Conformance;

/// <summary>Wall time of one call. The best is what the code can do; the median beside it says how quiet the machine was.</summary>
public readonly record struct Times(double BestSeconds, double MedianSeconds)
{
    /// <summary>So many calls are enough for a median, and bound what is kept of them.</summary>
    private const int MostCalls = 100_000;

    /// <summary>Times a call again and again. It must have finished its work when it returns.</summary>
    public static Times Measure(Action call, TimeBudget budget) => Measure(
        () =>
        {
            long start = Stopwatch.GetTimestamp();
            call();
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        },
        budget);

    /// <summary>As the other, of a call that knows which part of it counts.</summary>
    /// <param name="call">Gives seconds.</param>
    /// <param name="budget">How long.</param>
    public static Times Measure(Func<double> call, TimeBudget budget)
    {
        long begun = Stopwatch.GetTimestamp();
        for (int i = 0; i < budget.WarmUps || Stopwatch.GetElapsedTime(begun).TotalSeconds < budget.WarmUpSeconds; i++)
        {
            call();
        }

        var seconds = new List<double>();
        begun = Stopwatch.GetTimestamp();
        while (seconds.Count < budget.LeastCalls || (seconds.Count < MostCalls && Stopwatch.GetElapsedTime(begun).TotalSeconds < budget.Seconds))
        {
            seconds.Add(call());
        }

        seconds.Sort();
        return new Times(seconds[0], seconds[seconds.Count / 2]);
    }
}
