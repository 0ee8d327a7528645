using System.Security.Cryptography;
using System.Text;

namespace FastAlign.Kernels.Device;

/// <summary>The device code of one kernel for one target.</summary>
/// <param name="Kernel">Which kernel.</param>
/// <param name="Target">For what.</param>
/// <param name="Key">Full name of the kernel method with its type arguments: the manifest's key.</param>
/// <param name="Code">PTX or OpenCL C, with names that do not depend on what was compiled before (<see cref="StableNames"/>).</param>
public sealed record EmittedKernel(KernelInfo Kernel, EmitTarget Target, string Key, string Code)
{
    // 64 bits tell a few hundred kernels apart.
    private const int HashBytes = 8;

    /// <summary>First 16 hexadecimal digits of the code's SHA-256.</summary>
    public string Hash { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Code)).AsSpan(0, HashBytes));

    /// <summary>File name: kernel, variant, extension.</summary>
    public string FileName => $"{Kernel.Name}.{Kernel.Variant.Name}{Target.Extension}";
}
