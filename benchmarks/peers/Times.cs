using System.Diagnostics;

namespace FastAlign.Peers;

/// <summary>Best and median of repeated runs.</summary>
internal readonly record struct Times(double BestMs, double MedianMs)
{
    private const int LeastRounds = 3;

    /// <summary>A turn lasts at least this long: short runs are repeated in it.</summary>
    private const double TurnMs = 20;

    /// <summary>Rest before a turn. OpenBLAS's threads look out for more work for 26 ms before they sleep: in that time they would slow the other side.</summary>
    private const int RestMs = 40;

    /// <summary>Runs both sides in turns, so that a busy machine slows both alike.</summary>
    public static (Times Ours, Times Peer) Alternate(double seconds, ISide ours, ISide peer)
    {
        List<double> ourMs = [];
        List<double> peerMs = [];
        long begin = Stopwatch.GetTimestamp();
        for (int round = 0; round < LeastRounds || Stopwatch.GetElapsedTime(begin).TotalSeconds < seconds; round++)
        {
            Turn(ours, ourMs);
            Turn(peer, peerMs);
        }

        Placement.Lift();
        return (Of(ourMs), Of(peerMs));
    }

    /// <summary>Milliseconds that an action takes.</summary>
    public static double Measure(Action run)
    {
        long begin = Stopwatch.GetTimestamp();
        run();
        return Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
    }

    /// <summary>One long run, or several short ones after one that brings threads and caches back.</summary>
    private static void Turn(ISide side, List<double> ms)
    {
        using var rest = new ManualResetEventSlim();
        rest.Wait(RestMs);
        Placement.Apply();
        long begin = Stopwatch.GetTimestamp();
        double first = side.Run();
        if (first > TurnMs)
        {
            ms.Add(first);
            return;
        }

        do
        {
            ms.Add(side.Run());
        }
        while (Stopwatch.GetElapsedTime(begin).TotalMilliseconds < TurnMs);
    }

    private static Times Of(List<double> ms)
    {
        ms.Sort();
        return new Times(ms[0], ms[ms.Count / 2]);
    }
}
