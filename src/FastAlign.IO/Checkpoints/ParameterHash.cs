using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.IO.Checkpoints;

/// <summary>The identity of weights: XXH128 over names, shapes and values.</summary>
public static class ParameterHash
{
    private const int BlockBytes = 1 << 22;

    public static UInt128 Of(ParameterSet parameters)
    {
        var hash = new XxHash128();
        foreach (ParameterSpec spec in parameters.Specs)
        {
            hash.Append(Encoding.UTF8.GetBytes($"{spec.Name} {spec.Shape}\n"));
        }

        if (parameters.Backend.RealType == DType.F64)
        {
            Append<double>(hash, parameters);
        }
        else
        {
            Append<float>(hash, parameters);
        }

        return hash.GetCurrentHashAsUInt128();
    }

    private static void Append<T>(XxHash128 hash, ParameterSet parameters)
        where T : unmanaged
    {
        Tensor all = parameters.All;
        T[] block = new T[(int)Math.Min(all.Length, BlockBytes / Marshal.SizeOf<T>())];
        for (long first = 0; first < all.Length; first += block.Length)
        {
            Span<T> part = block.AsSpan(0, (int)Math.Min(block.Length, all.Length - first));
            parameters.Backend.Download(all.Slice(first, new Shape(part.Length)), part);
            hash.Append(MemoryMarshal.AsBytes(part));
        }
    }
}
