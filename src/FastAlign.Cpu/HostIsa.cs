using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FastAlign.Cpu;

/// <summary>Vector instruction set of the host backend, chosen once when it opens.</summary>
public enum HostIsa
{
    /// <summary>No fused multiply-add in hardware: correct, slow, and with bits of its own.</summary>
    Scalar,

    /// <summary>8 floats at a time.</summary>
    Avx2,

    /// <summary>16 floats at a time.</summary>
    Avx512,
}

public static class HostIsas
{
    /// <summary>The best set of this machine (and of the DOTNET_Enable... switches).</summary>
    public static HostIsa Best =>
        Avx512F.IsSupported && Vector512.IsHardwareAccelerated ? HostIsa.Avx512
        : Avx2.IsSupported && Fma.IsSupported ? HostIsa.Avx2
        : HostIsa.Scalar;
}
