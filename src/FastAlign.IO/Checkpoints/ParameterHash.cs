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
            Append(hash, spec);
        }

        Append(hash, parameters.Backend, parameters.Decayed);
        Append(hash, parameters.Backend, parameters.Plain);
        return hash.GetCurrentHashAsUInt128();
    }

    /// <summary>The identity of some of the weights, such as those below a head.</summary>
    public static UInt128 Of(ParameterSet parameters, Func<ParameterSpec, bool> isCounted)
    {
        var hash = new XxHash128();
        foreach (ParameterSpec spec in parameters.Specs.Where(isCounted))
        {
            Append(hash, spec);
            Append(hash, parameters.Backend, parameters[spec.Name]);
        }

        return hash.GetCurrentHashAsUInt128();
    }

    private static void Append(XxHash128 hash, ParameterSpec spec) => hash.Append(Encoding.UTF8.GetBytes($"{spec.Name} {spec.Shape}\n"));

    private static void Append(XxHash128 hash, Backend backend, Tensor values)
    {
        switch (values.Type)
        {
            case DType.F64:
                Append<double>(hash, backend, values);
                break;
            case DType.BF16:
                // Widened: the hash tells values apart, not how they are stored.
                AppendWidened(hash, backend, values);
                break;
            default:
                Append<float>(hash, backend, values);
                break;
        }
    }

    private static void AppendWidened(XxHash128 hash, Backend backend, Tensor values)
    {
        int length = (int)Math.Min(values.Length, BlockBytes / sizeof(float));
        Tensor wide = backend.Allocate(new Shape(length), DType.F32);
        using TensorBuffer memory = wide.Buffer;
        for (long first = 0; first < values.Length; first += length)
        {
            Tensor part = wide.RowRange(0, (int)Math.Min(length, values.Length - first));
            backend.Ops.Copy(values.Slice(first, part.Shape), part);
            Append<float>(hash, backend, part);
        }
    }

    private static void Append<T>(XxHash128 hash, Backend backend, Tensor all)
        where T : unmanaged
    {
        T[] block = new T[(int)Math.Min(all.Length, BlockBytes / Marshal.SizeOf<T>())];
        for (long first = 0; first < all.Length; first += block.Length)
        {
            Span<T> part = block.AsSpan(0, (int)Math.Min(block.Length, all.Length - first));
            backend.Download(all.Slice(first, new Shape(part.Length)), part);
            hash.Append(MemoryMarshal.AsBytes(part));
        }
    }
}
