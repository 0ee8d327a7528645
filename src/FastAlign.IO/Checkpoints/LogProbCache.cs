using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using FastAlign.Core;
using Microsoft.Win32.SafeHandles;

namespace FastAlign.IO.Checkpoints;

/// <summary>
/// Log-probs of a frozen model on disk, addressed by what they depend on: weights, arithmetic, head, prompt and completion ids. Order and choice
/// of the data do not matter; another model, backend or temperature never hits.
/// </summary>
/// <remarks>
/// One append-only file of records: <c>magic 8 | key 16 | count 4 | bytes per value 4 | XXH3 of the record 8 | values</c>, padded to 8 bytes. A record
/// whose checksum fails (a torn write, a flipped bit) is passed over with a warning, and the reader picks up at the next sound one. One process
/// writes at a time.
/// </remarks>
public sealed class LogProbCache : IDisposable
{
    private const ulong Magic = 0x3150474C41534146;
    private const int HeaderBytes = 40;
    private const int HashOffset = 32;
    private const int MaxValues = 1 << 26;

    private readonly string _path;
    private readonly SafeFileHandle _handle;
    private readonly Action<string> _warn;
    private readonly byte[] _modelKey;
    private readonly Dictionary<UInt128, long> _offsets = [];
    private long _end;

    private LogProbCache(string path, SafeFileHandle handle, byte[] modelKey, Action<string> warn) =>
        (_path, _handle, _modelKey, _warn) = (path, handle, modelKey, warn);

    /// <summary>Sound entries, of all models that share the file.</summary>
    public int Count => _offsets.Count;

    /// <summary>Opens or creates a cache.</summary>
    /// <param name="path">The file.</param>
    /// <param name="weights">From <see cref="ParameterHash"/>.</param>
    /// <param name="numericsId"><see cref="Backend.NumericsId"/>.</param>
    /// <param name="head">Options of the log-prob head.</param>
    /// <param name="warn">Told of every damaged entry.</param>
    /// <exception cref="InputException">The file cannot be opened, or another process has it open.</exception>
    public static LogProbCache Open(string path, UInt128 weights, string numericsId, HeadSpec head, Action<string> warn)
    {
        byte[] modelKey = ModelKey(weights, numericsId, head);
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
            var cache = new LogProbCache(path, handle, modelKey, warn);
            cache.Scan();
            handle = null;
            return cache;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: expected a cache that this process alone can write: {e.Message}", e);
        }
        finally
        {
            handle?.Dispose();
        }
    }

    /// <summary>The log-probs of a completion after a prompt, or null if they must be computed.</summary>
    public double[]? Find(ReadOnlySpan<int> prompt, ReadOnlySpan<int> completion)
    {
        UInt128 key = Key(prompt, completion);
        if (!_offsets.TryGetValue(key, out long offset))
        {
            return null;
        }

        byte[]? record = ReadRecord(offset);
        double[]? values = record is null || Values(record) is not { } found || found.Length != completion.Length ? null : found;
        if (values is null)
        {
            _warn($"{_path}: damaged entry at byte {offset}; it is computed again");
            _offsets.Remove(key);
        }

        return values;
    }

    /// <summary>Keeps log-probs, one per token of the completion; as F32 where that loses nothing.</summary>
    /// <exception cref="RunException">The disk is full.</exception>
    public void Add(ReadOnlySpan<int> prompt, ReadOnlySpan<int> completion, ReadOnlySpan<double> logProbs)
    {
        if (logProbs.Length != completion.Length)
        {
            throw new ArgumentException($"{completion.Length} tokens, {logProbs.Length} log-probs", nameof(logProbs));
        }

        UInt128 key = Key(prompt, completion);
        byte[] record = Record(key, logProbs);
        try
        {
            RandomAccess.Write(_handle, record, _end);
        }
        catch (IOException e)
        {
            throw new RunException($"{_path}: cannot be written: {e.Message}", e);
        }

        _offsets[key] = _end;
        _end += record.Length;
    }

    /// <summary>Everything added so far survives a power cut.</summary>
    public void Flush() => RandomAccess.FlushToDisk(_handle);

    public void Dispose() => _handle.Dispose();

    private static byte[] ModelKey(UInt128 weights, string numericsId, HeadSpec head)
    {
        byte[] name = Encoding.UTF8.GetBytes(numericsId);
        byte[] key = new byte[16 + (3 * sizeof(double)) + name.Length];
        BinaryPrimitives.WriteUInt128LittleEndian(key, weights);
        BinaryPrimitives.WriteDoubleLittleEndian(key.AsSpan(16), head.LogitScale);
        BinaryPrimitives.WriteDoubleLittleEndian(key.AsSpan(24), head.SoftCap);
        BinaryPrimitives.WriteDoubleLittleEndian(key.AsSpan(32), head.Temperature);
        name.CopyTo(key, 40);
        return key;
    }

    private static int RecordBytes(int count, int valueBytes) => HeaderBytes + (((count * valueBytes) + 7) / 8 * 8);

    private static byte[] Record(UInt128 key, ReadOnlySpan<double> values)
    {
        bool isExactInF32 = true;
        foreach (double value in values)
        {
            isExactInF32 &= BitConverter.DoubleToInt64Bits((float)value) == BitConverter.DoubleToInt64Bits(value);
        }

        int valueBytes = isExactInF32 ? sizeof(float) : sizeof(double);
        byte[] record = new byte[RecordBytes(values.Length, valueBytes)];
        BinaryPrimitives.WriteUInt64LittleEndian(record, Magic);
        BinaryPrimitives.WriteUInt128LittleEndian(record.AsSpan(8), key);
        BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(24), values.Length);
        BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(28), valueBytes);
        Span<byte> body = record.AsSpan(HeaderBytes);
        for (int i = 0; i < values.Length; i++)
        {
            if (isExactInF32)
            {
                BinaryPrimitives.WriteSingleLittleEndian(body[(i * valueBytes)..], (float)values[i]);
            }
            else
            {
                BinaryPrimitives.WriteDoubleLittleEndian(body[(i * valueBytes)..], values[i]);
            }
        }

        BinaryPrimitives.WriteUInt64LittleEndian(record.AsSpan(HashOffset), Hash(record));
        return record;
    }

    private static double[] Values(byte[] record)
    {
        double[] values = new double[BinaryPrimitives.ReadInt32LittleEndian(record.AsSpan(24))];
        bool isF32 = BinaryPrimitives.ReadInt32LittleEndian(record.AsSpan(28)) == sizeof(float);
        ReadOnlySpan<byte> body = record.AsSpan(HeaderBytes);
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = isF32 ? BinaryPrimitives.ReadSingleLittleEndian(body[(i * 4)..]) : BinaryPrimitives.ReadDoubleLittleEndian(body[(i * 8)..]);
        }

        return values;
    }

    /// <summary>Over all of a record but the hash itself.</summary>
    private static ulong Hash(ReadOnlySpan<byte> record)
    {
        var hash = new XxHash3();
        hash.Append(record[..HashOffset]);
        hash.Append(record[HeaderBytes..]);
        return hash.GetCurrentHashAsUInt64();
    }

    private UInt128 Key(ReadOnlySpan<int> prompt, ReadOnlySpan<int> completion)
    {
        var hash = new XxHash128();
        hash.Append(_modelKey);
        Span<byte> lengths = stackalloc byte[2 * sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(lengths, prompt.Length);
        BinaryPrimitives.WriteInt32LittleEndian(lengths[sizeof(int)..], completion.Length);
        hash.Append(lengths);
        hash.Append(MemoryMarshal.AsBytes(prompt));
        hash.Append(MemoryMarshal.AsBytes(completion));
        return hash.GetCurrentHashAsUInt128();
    }

    /// <summary>Finds all sound records; behind a damaged one, looks for the next at every multiple of 8 bytes.</summary>
    private void Scan()
    {
        long length = RandomAccess.GetLength(_handle);
        long damagedFrom = -1;
        long offset = 0;
        while (offset < length)
        {
            byte[]? record = ReadRecord(offset);
            if (record is null)
            {
                damagedFrom = damagedFrom < 0 ? offset : damagedFrom;
                offset += 8;
                continue;
            }

            WarnOfGap(damagedFrom, offset);
            damagedFrom = -1;
            _offsets[BinaryPrimitives.ReadUInt128LittleEndian(record.AsSpan(8))] = offset;
            offset += record.Length;
        }

        WarnOfGap(damagedFrom, length);
        _end = (length + 7) / 8 * 8;
    }

    private void WarnOfGap(long from, long to)
    {
        if (from >= 0)
        {
            _warn($"{_path}: damaged entries in bytes {from} to {to}; they are computed again");
        }
    }

    /// <summary>The record at an offset, or null if there is no sound one.</summary>
    private byte[]? ReadRecord(long offset)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        if (!TryRead(offset, header) || BinaryPrimitives.ReadUInt64LittleEndian(header) != Magic)
        {
            return null;
        }

        int count = BinaryPrimitives.ReadInt32LittleEndian(header[24..]);
        int valueBytes = BinaryPrimitives.ReadInt32LittleEndian(header[28..]);
        bool isPlausible = count is >= 0 and <= MaxValues && valueBytes is sizeof(float) or sizeof(double)
            && offset + RecordBytes(count, valueBytes) <= RandomAccess.GetLength(_handle);
        if (!isPlausible)
        {
            return null;
        }

        byte[] record = new byte[RecordBytes(count, valueBytes)];
        return TryRead(offset, record) && Hash(record) == BinaryPrimitives.ReadUInt64LittleEndian(record.AsSpan(HashOffset)) ? record : null;
    }

    private bool TryRead(long offset, Span<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            int count = RandomAccess.Read(_handle, bytes, offset);
            if (count == 0)
            {
                return false;
            }

            bytes = bytes[count..];
            offset += count;
        }

        return true;
    }
}
