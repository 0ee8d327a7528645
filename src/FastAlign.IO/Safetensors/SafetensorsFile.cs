using System.Buffers.Binary;
using System.Runtime.InteropServices;
using FastAlign.Core;
using Microsoft.Win32.SafeHandles;

namespace FastAlign.IO.Safetensors;

/// <summary>
/// A safetensors file open for reading. Opening reads and checks the header alone; tensors are read from the page cache when asked for, in
/// blocks, straight into the caller's memory where no conversion is needed.
/// </summary>
/// <remarks>
/// Positional reads rather than a memory map: a file that shrinks or a disk that fails under a map ends the process with SIGBUS, under a
/// read it is an error message. Source: https://github.com/huggingface/safetensors (format).
/// </remarks>
public sealed class SafetensorsFile : IDisposable
{
    /// <summary>The limit of the format's own reader.</summary>
    public const int MaxHeaderBytes = 100_000_000;

    private const int BlockBytes = 1 << 16;

    private readonly SafeFileHandle _handle;
    private readonly long _dataStart;
    private readonly Dictionary<string, SafetensorsEntry> _byName;

    private SafetensorsFile(string path, SafeFileHandle handle, long dataStart, SafetensorsHeader header)
    {
        (Path, _handle, _dataStart, Entries, Metadata) = (path, handle, dataStart, header.Entries, header.Metadata);
        _byName = header.Entries.ToDictionary(entry => entry.Name, StringComparer.Ordinal);
    }

    public string Path { get; }

    /// <summary>Tensors in the order of their bytes in the file.</summary>
    public IReadOnlyList<SafetensorsEntry> Entries { get; }

    /// <summary><c>__metadata__</c>, empty if there is none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <exception cref="InputException">The file has no such tensor.</exception>
    public SafetensorsEntry this[string name] => _byName.TryGetValue(name, out SafetensorsEntry? entry)
        ? entry
        : throw new InputException($"{Path}: {name}: expected this tensor, found none of that name among {Entries.Count}");

    /// <summary>Opens a file and checks its whole header.</summary>
    /// <exception cref="InputException">It cannot be read or breaks a rule of the format.</exception>
    public static SafetensorsFile Open(string path)
    {
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(path);
            var file = Open(path, handle);
            handle = null;
            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be read: {e.Message}", e);
        }
        finally
        {
            handle?.Dispose();
        }
    }

    public bool Contains(string name) => _byName.ContainsKey(name);

    /// <summary>All elements of F16, BF16, F32 or F64 as F32; F64 is rounded to nearest even.</summary>
    public float[] ReadFloat32(string name)
    {
        float[] values = new float[ArrayLength(name, sizeof(float))];
        ReadFloat32(name, 0, values);
        return values;
    }

    /// <summary>As <see cref="ReadFloat32(string)"/>, from element <paramref name="first"/> on, as many as <paramref name="values"/> holds.</summary>
    public void ReadFloat32(string name, long first, Span<float> values)
    {
        SafetensorsEntry entry = Range(name, first, values.Length);
        if (entry.Type == SafetensorsType.F32)
        {
            Read(entry, first, MemoryMarshal.AsBytes(values));
            return;
        }

        RequireFloat(entry, "F32");
        Span<byte> block = new byte[BlockBytes];
        int step = BlockBytes / entry.Type.Bytes();
        for (int done = 0; done < values.Length; done += step)
        {
            Span<float> part = values.Slice(done, Math.Min(step, values.Length - done));
            Span<byte> bytes = block[..(part.Length * entry.Type.Bytes())];
            Read(entry, first + done, bytes);
            FloatConversion.ToFloat32(bytes, entry.Type, part);
        }
    }

    /// <summary>All elements of F16, BF16, F32 or F64 as F64, exactly.</summary>
    public double[] ReadFloat64(string name)
    {
        double[] values = new double[ArrayLength(name, sizeof(double))];
        SafetensorsEntry entry = this[name];
        if (entry.Type == SafetensorsType.F64)
        {
            Read(entry, 0, MemoryMarshal.AsBytes(values.AsSpan()));
            return values;
        }

        RequireFloat(entry, "F64");
        float[] block = new float[BlockBytes / sizeof(float)];
        for (int done = 0; done < values.Length; done += block.Length)
        {
            Span<float> part = block.AsSpan(0, Math.Min(block.Length, values.Length - done));
            ReadFloat32(name, done, part);
            for (int i = 0; i < part.Length; i++)
            {
                values[done + i] = part[i];
            }
        }

        return values;
    }

    /// <summary>All elements of any integer type or BOOL (0 and 1) as I64.</summary>
    public long[] ReadInt64(string name)
    {
        byte[] bytes = ReadBytes(name);
        SafetensorsEntry entry = this[name];
        long[] values = new long[entry.Length];
        int size = entry.Type.Bytes();
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = ToInt64(bytes.AsSpan(i * size, size), entry, i);
        }

        return values;
    }

    /// <summary>As <see cref="ReadInt64"/>, for token ids and the like.</summary>
    /// <exception cref="InputException">A value is beyond 32 bits.</exception>
    public int[] ReadInt32(string name)
    {
        long[] wide = ReadInt64(name);
        int[] values = new int[wide.Length];
        for (int i = 0; i < wide.Length; i++)
        {
            values[i] = (int)wide[i] == wide[i] ? (int)wide[i] : throw Bad(this[name], $"32-bit values", $"{wide[i]} at index {i}");
        }

        return values;
    }

    /// <summary>The bytes of a tensor as they lie in the file, little-endian: U8 and BOOL as they are.</summary>
    public byte[] ReadBytes(string name)
    {
        SafetensorsEntry entry = this[name];
        byte[] bytes = new byte[ArrayLength(name, entry.Type.Bytes()) * entry.Type.Bytes()];
        Read(entry, 0, bytes);
        return bytes;
    }

    public void Dispose() => _handle.Dispose();

    private static SafetensorsFile Open(string path, SafeFileHandle handle)
    {
        long fileBytes = RandomAccess.GetLength(handle);
        Span<byte> prefix = stackalloc byte[sizeof(ulong)];
        if (fileBytes < prefix.Length)
        {
            throw new InputException($"{path}: expected a safetensors file of at least {prefix.Length} bytes, found {fileBytes}");
        }

        ReadExactly(path, handle, 0, prefix);
        ulong headerBytes = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        long limit = Math.Min(MaxHeaderBytes, fileBytes - prefix.Length);
        if (headerBytes > (ulong)limit)
        {
            throw new InputException($"{path}: header length: expected at most {limit} bytes in a file of {fileBytes}, found {headerBytes}");
        }

        byte[] json = new byte[headerBytes];
        ReadExactly(path, handle, prefix.Length, json);
        long dataStart = prefix.Length + json.Length;
        return new SafetensorsFile(path, handle, dataStart, SafetensorsHeader.Parse(path, json, fileBytes - dataStart));
    }

    private static void ReadExactly(string path, SafeFileHandle handle, long offset, Span<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            int count = RandomAccess.Read(handle, bytes, offset);
            if (count == 0)
            {
                throw new InputException($"{path}: expected {bytes.Length} more bytes at offset {offset}, found the end of the file");
            }

            offset += count;
            bytes = bytes[count..];
        }
    }

    private void Read(SafetensorsEntry entry, long first, Span<byte> bytes)
    {
        try
        {
            ReadExactly(Path, _handle, _dataStart + entry.Offset + (first * entry.Type.Bytes()), bytes);
        }
        catch (IOException e)
        {
            throw new InputException($"{Path}: {entry.Name}: cannot be read: {e.Message}", e);
        }
    }

    private SafetensorsEntry Range(string name, long first, int count)
    {
        SafetensorsEntry entry = this[name];
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, entry.Length - count);
        return entry;
    }

    private int ArrayLength(string name, int elementBytes)
    {
        SafetensorsEntry entry = this[name];
        return entry.Length <= Array.MaxLength / elementBytes
            ? (int)entry.Length
            : throw Bad(entry, $"at most {Array.MaxLength / elementBytes} elements to read at once", entry.Length);
    }

    private void RequireFloat(SafetensorsEntry entry, string target)
    {
        if (entry.Type is not (SafetensorsType.F16 or SafetensorsType.BF16 or SafetensorsType.F32 or SafetensorsType.F64))
        {
            throw Bad(entry, $"F16, BF16, F32 or F64 to convert to {target}", entry.Type.Name());
        }
    }

    private long ToInt64(ReadOnlySpan<byte> bytes, SafetensorsEntry entry, int index) => entry.Type switch
    {
        SafetensorsType.Bool => bytes[0] <= 1 ? bytes[0] : throw Bad(entry, "0 or 1", $"{bytes[0]} at index {index}"),
        SafetensorsType.U8 => bytes[0],
        SafetensorsType.I8 => (sbyte)bytes[0],
        SafetensorsType.I16 => BinaryPrimitives.ReadInt16LittleEndian(bytes),
        SafetensorsType.U16 => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        SafetensorsType.I32 => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        SafetensorsType.U32 => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        SafetensorsType.I64 => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        SafetensorsType.U64 => BinaryPrimitives.ReadUInt64LittleEndian(bytes) is <= long.MaxValue and ulong value
            ? (long)value
            : throw Bad(entry, $"values up to {long.MaxValue}", $"more at index {index}"),
        _ => throw Bad(entry, "an integer type or BOOL to convert to I64", entry.Type.Name()),
    };

    private InputException Bad(SafetensorsEntry entry, string expected, object found) => new($"{Path}: {entry.Name}: expected {expected}, found {found}");
}
