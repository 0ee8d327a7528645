using System.Diagnostics;
using FastAlign.Core;

namespace FastAlign.Kernels.Conformance;

/// <summary>Time of one call of a case.</summary>
/// <param name="Name">Of the case, with <c>.forward</c> or <c>.backward</c>.</param>
/// <param name="Seconds">Best of several calls; 0 if not supported.</param>
/// <param name="Flops">Of one call.</param>
/// <param name="Bytes">Of one call, each operand once.</param>
/// <param name="IsSupported">Whether the backend has the op.</param>
/// <param name="IsVerified">After timing, the case passed verification on the same backend.</param>
public sealed record KernelTiming(string Name, double Seconds, long Flops, long Bytes, bool IsSupported, bool IsVerified)
{
    private const int WarmUps = 3;
    private const int LeastCalls = 5;
    private const double Budget = 0.3;

    public double GigaflopsPerSecond => Seconds > 0 ? Flops / Seconds * 1e-9 : 0;

    public double GigabytesPerSecond => Seconds > 0 ? Bytes / Seconds * 1e-9 : 0;

    /// <summary>Times the forward and the backward call, then verifies the case.</summary>
    public static IReadOnlyList<KernelTiming> Measure(KernelCase kernel, Backend backend)
    {
        try
        {
            double forward = Time(kernel, CasePhase.Forward, backend);
            double backward = kernel.HasBackward ? Time(kernel, CasePhase.Backward, backend) : 0;
            bool isVerified = CaseVerifier.Matches(kernel, backend);
            var rows = new List<KernelTiming> { new($"{kernel.Name}.forward", forward, kernel.ForwardFlops, kernel.ForwardBytes, true, isVerified) };
            if (kernel.HasBackward)
            {
                rows.Add(new KernelTiming($"{kernel.Name}.backward", backward, kernel.BackwardFlops, kernel.BackwardBytes, true, isVerified));
            }

            return rows;
        }
        catch (NotSupportedException)
        {
            return [new KernelTiming(kernel.Name, 0, kernel.ForwardFlops, kernel.ForwardBytes, false, true)];
        }
    }

    private static double Time(KernelCase kernel, CasePhase phase, Backend backend)
    {
        Values start = kernel.InitialValues();
        using var tensors = new CaseTensors(backend, kernel.Operands, start, isGuarded: false);
        CaseRun.Call(kernel, CasePhase.Forward, backend.Ops, tensors);
        for (int i = 0; i < WarmUps; i++)
        {
            CaseRun.Call(kernel, phase, backend.Ops, tensors);
        }

        backend.Synchronize();
        double best = double.PositiveInfinity;
        long begun = Stopwatch.GetTimestamp();
        for (int i = 0; i < LeastCalls || Stopwatch.GetElapsedTime(begun).TotalSeconds < Budget; i++)
        {
            long before = Stopwatch.GetTimestamp();
            CaseRun.Call(kernel, phase, backend.Ops, tensors);
            backend.Synchronize();
            best = Math.Min(best, Stopwatch.GetElapsedTime(before).TotalSeconds);
        }

        return best;
    }
}
