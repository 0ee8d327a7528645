namespace FastAlign.Core;

/// <summary>What the calls of one op took together.</summary>
/// <param name="Op">Name.</param>
/// <param name="Calls">Number of calls.</param>
/// <param name="Seconds">Wall time.</param>
/// <param name="Flops">Floating-point operations; a fused multiply-add counts two, an exponential ten.</param>
/// <param name="Bytes">Bytes of the operands, each once per call.</param>
/// <param name="Launches">Kernels that a device was asked to run; 0 on the host.</param>
public readonly record struct OpProfile(string Op, long Calls, double Seconds, long Flops, long Bytes, long Launches)
{
    public double GigaflopsPerSecond => Seconds > 0 ? Flops / Seconds * 1e-9 : 0;

    public double GigabytesPerSecond => Seconds > 0 ? Bytes / Seconds * 1e-9 : 0;

    public override string ToString() => $"{Op,-28}{Calls,8} calls{Launches,8} launches{Seconds * 1e3,12:F3} ms{GigaflopsPerSecond,10:F1} GFLOP/s{GigabytesPerSecond,8:F1} GB/s";
}
