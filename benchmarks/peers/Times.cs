using System.Diagnostics;

namespace FastAlign.Peers;

/// <summary>Best and median of repeated runs.</summary>
internal readonly record struct Times(double BestMs, double MedianMs)
{
    private const int MinRounds = 7;
    private const int MaxRounds = 2000;

    /// <summary>Runs both sides in turns, so that a busy machine slows both alike; the first rounds warm up and are not counted.</summary>
    public static (Times Ours, Times Peer) Alternate(double seconds, Action ours, Action peer)
    {
        for (int warm = 0; warm < 3; warm++)
        {
            ours();
            peer();
        }

        List<double> ourMs = [];
        List<double> peerMs = [];
        long begin = Stopwatch.GetTimestamp();
        while (ourMs.Count < MinRounds || (ourMs.Count < MaxRounds && Stopwatch.GetElapsedTime(begin).TotalSeconds < seconds))
        {
            ourMs.Add(Measure(ours));
            peerMs.Add(Measure(peer));
        }

        return (Of(ourMs), Of(peerMs));
    }

    private static double Measure(Action run)
    {
        long begin = Stopwatch.GetTimestamp();
        run();
        return Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
    }

    private static Times Of(List<double> ms)
    {
        ms.Sort();
        return new Times(ms[0], ms[ms.Count / 2]);
    }
}
