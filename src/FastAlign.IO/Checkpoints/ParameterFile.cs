using System.Runtime.InteropServices;
using FastAlign.Core;
using FastAlign.IO.Safetensors;
using FastAlign.Models;

namespace FastAlign.IO.Checkpoints;

/// <summary>A <see cref="ParameterSet"/> as a safetensors file by our own names, bit for bit in the backend's type.</summary>
internal static class ParameterFile
{
    private const int BlockElements = 1 << 20;

    public static string NameOf(NamedParameters named) => $"{named.Name}.safetensors";

    public static void Write(string path, ParameterSet set)
    {
        bool isDouble = set.Backend.RealType == DType.F64;
        using FileStream stream = new(path, FileMode.CreateNew, FileAccess.Write);
        SafetensorsWriter.Write(stream, set.Specs.Select(spec => new SafetensorsTensor(
            spec.Name,
            isDouble ? SafetensorsType.F64 : SafetensorsType.F32,
            Sizes(spec.Shape),
            target => WriteTensor(set, spec, target, isDouble))));
    }

    /// <exception cref="InputException">Names, shapes or type differ from the set's.</exception>
    public static void Read(string path, ParameterSet set)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        SafetensorsType type = set.Backend.RealType == DType.F64 ? SafetensorsType.F64 : SafetensorsType.F32;
        foreach (ParameterSpec spec in set.Specs)
        {
            SafetensorsEntry entry = file[spec.Name];
            if (entry.Type != type || !entry.Shape.SequenceEqual(Sizes(spec.Shape)))
            {
                throw new InputException($"{path}: {spec.Name}: expected {type.Name()} {spec.Shape}, found {entry}");
            }
        }

        if (file.Entries.Count != set.Specs.Count)
        {
            throw new InputException($"{path}: expected {set.Specs.Count} tensors, found {file.Entries.Count}");
        }

        foreach (ParameterSpec spec in set.Specs)
        {
            ReadTensor(file, set, spec);
        }
    }

    private static void WriteTensor(ParameterSet set, ParameterSpec spec, Stream target, bool isDouble)
    {
        if (isDouble)
        {
            WriteBlocks<double>(set, spec, target);
        }
        else
        {
            WriteBlocks<float>(set, spec, target);
        }
    }

    private static void WriteBlocks<T>(ParameterSet set, ParameterSpec spec, Stream target)
        where T : unmanaged
    {
        Tensor tensor = set[spec.Name];
        T[] block = new T[Math.Min(tensor.Length, BlockElements)];
        for (long first = 0; first < tensor.Length; first += block.Length)
        {
            Span<T> part = block.AsSpan(0, (int)Math.Min(block.Length, tensor.Length - first));
            set.Backend.Download(tensor.Slice(first, new Shape(part.Length)), part);
            target.Write(MemoryMarshal.AsBytes(part));
        }
    }

    private static void ReadTensor(SafetensorsFile file, ParameterSet set, ParameterSpec spec)
    {
        Tensor tensor = set[spec.Name];
        if (set.Backend.RealType == DType.F64)
        {
            set.Backend.Upload<double>(file.ReadFloat64(spec.Name), tensor);
            return;
        }

        float[] block = new float[Math.Min(tensor.Length, BlockElements)];
        for (long first = 0; first < tensor.Length; first += block.Length)
        {
            Span<float> part = block.AsSpan(0, (int)Math.Min(block.Length, tensor.Length - first));
            file.ReadFloat32(spec.Name, first, part);
            set.Backend.Upload<float>(part, tensor.Slice(first, new Shape(part.Length)));
        }
    }

    private static long[] Sizes(Shape shape) => [.. Enumerable.Range(0, shape.Rank).Select(i => (long)shape[i])];
}
