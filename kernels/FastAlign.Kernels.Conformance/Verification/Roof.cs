using System.Diagnostics;
using System.Runtime.Intrinsics;

namespace FastAlign.Kernels.Conformance;

/// <summary>What this machine can do at most, measured: multiply-adds in registers, and bytes copied, on all threads.</summary>
/// <param name="GigaflopsPerSecond">Of F32 multiply-adds, two operations each.</param>
/// <param name="GigabytesPerSecond">Read and written.</param>
public sealed record Roof(double GigaflopsPerSecond, double GigabytesPerSecond)
{
    private const int Rounds = 5;
    private const int Iterations = 2_000_000;
    private const int Chains = 10;
    private const int CopyElements = 16 << 20;

    /// <param name="threads">0 takes all processors.</param>
    public static Roof Measure(int threads)
    {
        int count = threads > 0 ? threads : Environment.ProcessorCount;
        double lanes = Vector512.IsHardwareAccelerated ? Vector512<float>.Count : Vector256<float>.Count;
        double flops = 2.0 * lanes * Chains * Iterations * count;
        double arithmetic = flops / Best(count, static _ => Vector512.IsHardwareAccelerated ? Wide() : Narrow());
        float[][] from = Arrays(count);
        float[][] to = Arrays(count);
        double bytes = 2.0 * sizeof(float) * (CopyElements / count) * count;
        double copied = bytes / Best(count, member =>
        {
            from[member].CopyTo(to[member], 0);
            return to[member][0];
        });
        return new Roof(arithmetic * 1e-9, copied * 1e-9);
    }

    /// <summary>The larger share of the two roofs: what bounds this kernel.</summary>
    public double Share(KernelTiming timing) =>
        Math.Max(timing.GigaflopsPerSecond / GigaflopsPerSecond, timing.GigabytesPerSecond / GigabytesPerSecond);

    /// <summary>Shortest wall time of <see cref="Rounds"/> rounds in which every member does the work once. Threads of its own: the roof is not our scheduler's.</summary>
    private static double Best(int members, Func<int, float> work)
    {
        double best = double.PositiveInfinity;
        float[] results = new float[members];
        for (int round = 0; round < Rounds; round++)
        {
            using var gate = new Barrier(members + 1);
            var threads = new Thread[members];
            for (int i = 0; i < members; i++)
            {
                int member = i;
                threads[i] = new Thread(() =>
                {
                    gate.SignalAndWait();
                    results[member] = work(member);
                });
                threads[i].Start();
            }

            gate.SignalAndWait();
            long start = Stopwatch.GetTimestamp();
            foreach (Thread thread in threads)
            {
                thread.Join();
            }

            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }

    private static float[][] Arrays(int count)
    {
        float[][] arrays = new float[count][];
        for (int i = 0; i < count; i++)
        {
            arrays[i] = new float[CopyElements / count];
        }

        return arrays;
    }

    /// <summary>Ten independent chains hide the latency of two units with four cycles each.</summary>
    private static float Wide()
    {
        Vector512<float> a0 = Vector512<float>.One, a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0, a8 = a0, a9 = a0;
        var m = Vector512.Create(0.999f);
        for (int i = 0; i < Iterations; i++)
        {
            (a0, a1) = (Vector512.FusedMultiplyAdd(a0, m, m), Vector512.FusedMultiplyAdd(a1, m, m));
            (a2, a3) = (Vector512.FusedMultiplyAdd(a2, m, m), Vector512.FusedMultiplyAdd(a3, m, m));
            (a4, a5) = (Vector512.FusedMultiplyAdd(a4, m, m), Vector512.FusedMultiplyAdd(a5, m, m));
            (a6, a7) = (Vector512.FusedMultiplyAdd(a6, m, m), Vector512.FusedMultiplyAdd(a7, m, m));
            (a8, a9) = (Vector512.FusedMultiplyAdd(a8, m, m), Vector512.FusedMultiplyAdd(a9, m, m));
        }

        return Vector512.Sum(a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7 + a8 + a9);
    }

    private static float Narrow()
    {
        Vector256<float> a0 = Vector256<float>.One, a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0, a8 = a0, a9 = a0;
        var m = Vector256.Create(0.999f);
        for (int i = 0; i < Iterations; i++)
        {
            (a0, a1) = (Vector256.FusedMultiplyAdd(a0, m, m), Vector256.FusedMultiplyAdd(a1, m, m));
            (a2, a3) = (Vector256.FusedMultiplyAdd(a2, m, m), Vector256.FusedMultiplyAdd(a3, m, m));
            (a4, a5) = (Vector256.FusedMultiplyAdd(a4, m, m), Vector256.FusedMultiplyAdd(a5, m, m));
            (a6, a7) = (Vector256.FusedMultiplyAdd(a6, m, m), Vector256.FusedMultiplyAdd(a7, m, m));
            (a8, a9) = (Vector256.FusedMultiplyAdd(a8, m, m), Vector256.FusedMultiplyAdd(a9, m, m));
        }

        return Vector256.Sum(a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7 + a8 + a9);
    }
}
