using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FastAlign.Kernels.Conformance;

/// <summary>Loops that do nothing but reach a limit of the processor, on every thread at once.</summary>
internal sealed class HostProbes(int threads)
{
    private const int LeastRounds = 5;

    /// <summary>Rounds take milliseconds, and on a busy machine it takes many until all threads have run at once.</summary>
    private const double Seconds = 0.2;

    private const int Iterations = 2_000_000;
    private const int Chains = 10;

    /// <summary>Floats in each of the two arrays, all threads together: 64 MiB, past every cache.</summary>
    private const int Elements = 16 << 20;

    private readonly float[][] _from = Arrays(threads);
    private readonly float[][] _to = Arrays(threads);

    /// <summary>Multiply-adds in registers, FLOP/s.</summary>
    public double Peak()
    {
        double lanes = Vector512.IsHardwareAccelerated ? Vector512<float>.Count : Vector256<float>.Count;
        return 2.0 * lanes * Chains * Iterations * threads / Best(static _ => Vector512.IsHardwareAccelerated ? Wide() : Narrow());
    }

    /// <summary>Bytes read per second.</summary>
    public double Read() => (double)sizeof(float) * _from[0].Length * threads
        / Best(member => Vector512.IsHardwareAccelerated ? WideSum(_from[member]) : NarrowSum(_from[member]));

    /// <summary>Bytes read and written per second.</summary>
    public double Copy() => 2.0 * sizeof(float) * _from[0].Length * threads / Best(member =>
    {
        _from[member].CopyTo(_to[member], 0);
        return _to[member][0];
    });

    /// <summary>
    /// Shortest wall time of several rounds in which every member does the work once, from the first start to the last end. Members read the
    /// clock themselves: on a busy machine the thread that waits for them may see neither.
    /// </summary>
    private double Best(Func<int, float> work)
    {
        double best = double.PositiveInfinity;
        float[] results = new float[threads];
        long[] starts = new long[threads];
        long[] ends = new long[threads];
        long begun = Stopwatch.GetTimestamp();
        for (int round = 0; round < LeastRounds || Stopwatch.GetElapsedTime(begun).TotalSeconds < Seconds; round++)
        {
            using var gate = new Barrier(threads);
            var members = new Thread[threads];
            for (int i = 0; i < threads; i++)
            {
                int member = i;
                members[i] = new Thread(() =>
                {
                    gate.SignalAndWait();
                    starts[member] = Stopwatch.GetTimestamp();
                    results[member] = work(member);
                    ends[member] = Stopwatch.GetTimestamp();
                });
                members[i].Start();
            }

            foreach (Thread thread in members)
            {
                thread.Join();
            }

            best = Math.Min(best, Stopwatch.GetElapsedTime(starts.Min(), ends.Max()).TotalSeconds);
        }

        return best;
    }

    private static float[][] Arrays(int count)
    {
        float[][] arrays = new float[count][];
        for (int i = 0; i < count; i++)
        {
            arrays[i] = new float[Elements / count];

            // Untouched pages may all be one page of zeros, which never leaves the cache.
            Array.Fill(arrays[i], 1);
        }

        return arrays;
    }

    /// <summary>Ten independent chains hide the latency of two units with four cycles each. Fused where the processor fuses; else a product and a sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Wide()
    {
        Vector512<float> a0 = Vector512<float>.One, a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0, a8 = a0, a9 = a0;
        var m = Vector512.Create(0.999f);
        for (int i = 0; i < Iterations; i++)
        {
            (a0, a1) = (Vector512.MultiplyAddEstimate(a0, m, m), Vector512.MultiplyAddEstimate(a1, m, m));
            (a2, a3) = (Vector512.MultiplyAddEstimate(a2, m, m), Vector512.MultiplyAddEstimate(a3, m, m));
            (a4, a5) = (Vector512.MultiplyAddEstimate(a4, m, m), Vector512.MultiplyAddEstimate(a5, m, m));
            (a6, a7) = (Vector512.MultiplyAddEstimate(a6, m, m), Vector512.MultiplyAddEstimate(a7, m, m));
            (a8, a9) = (Vector512.MultiplyAddEstimate(a8, m, m), Vector512.MultiplyAddEstimate(a9, m, m));
        }

        return Vector512.Sum(a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7 + a8 + a9);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Narrow()
    {
        Vector256<float> a0 = Vector256<float>.One, a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0, a8 = a0, a9 = a0;
        var m = Vector256.Create(0.999f);
        for (int i = 0; i < Iterations; i++)
        {
            (a0, a1) = (Vector256.MultiplyAddEstimate(a0, m, m), Vector256.MultiplyAddEstimate(a1, m, m));
            (a2, a3) = (Vector256.MultiplyAddEstimate(a2, m, m), Vector256.MultiplyAddEstimate(a3, m, m));
            (a4, a5) = (Vector256.MultiplyAddEstimate(a4, m, m), Vector256.MultiplyAddEstimate(a5, m, m));
            (a6, a7) = (Vector256.MultiplyAddEstimate(a6, m, m), Vector256.MultiplyAddEstimate(a7, m, m));
            (a8, a9) = (Vector256.MultiplyAddEstimate(a8, m, m), Vector256.MultiplyAddEstimate(a9, m, m));
        }

        return Vector256.Sum(a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7 + a8 + a9);
    }

    /// <summary>Four sums keep enough loads in flight; the length is a multiple of four vectors but for a tail that is not read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float WideSum(float[] values)
    {
        ref float first = ref MemoryMarshal.GetArrayDataReference(values);
        int width = Vector512<float>.Count;
        Vector512<float> a0 = Vector512<float>.Zero, a1 = a0, a2 = a0, a3 = a0;
        for (int i = 0; i + (4 * width) <= values.Length; i += 4 * width)
        {
            a0 += Vector512.LoadUnsafe(ref first, (nuint)i);
            a1 += Vector512.LoadUnsafe(ref first, (nuint)(i + width));
            a2 += Vector512.LoadUnsafe(ref first, (nuint)(i + (2 * width)));
            a3 += Vector512.LoadUnsafe(ref first, (nuint)(i + (3 * width)));
        }

        return Vector512.Sum(a0 + a1 + a2 + a3);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float NarrowSum(float[] values)
    {
        ref float first = ref MemoryMarshal.GetArrayDataReference(values);
        int width = Vector256<float>.Count;
        Vector256<float> a0 = Vector256<float>.Zero, a1 = a0, a2 = a0, a3 = a0;
        for (int i = 0; i + (4 * width) <= values.Length; i += 4 * width)
        {
            a0 += Vector256.LoadUnsafe(ref first, (nuint)i);
            a1 += Vector256.LoadUnsafe(ref first, (nuint)(i + width));
            a2 += Vector256.LoadUnsafe(ref first, (nuint)(i + (2 * width)));
            a3 += Vector256.LoadUnsafe(ref first, (nuint)(i + (3 * width)));
        }

        return Vector256.Sum(a0 + a1 + a2 + a3);
    }
}
