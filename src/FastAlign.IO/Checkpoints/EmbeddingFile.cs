using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using FastAlign.Core;
using FastAlign.IO.Files;
using FastAlign.Models;

namespace FastAlign.IO.Checkpoints;

/// <summary>
/// Hidden states of scored tokens on disk, named by what they depend on: the trunk's weights, arithmetic, tokens and which of them are scored. Layout:
/// <c>XXH128 of the values 16 | values F32</c>; a file that is damaged or of another size counts as absent.
/// </summary>
public static class EmbeddingFile
{
    private const int HashBytes = 16;

    /// <summary>File name of a data set's hidden states.</summary>
    /// <param name="weights">Of the trunk alone, from <see cref="ParameterHash"/>.</param>
    /// <param name="numericsId"><see cref="Backend.NumericsId"/>.</param>
    /// <param name="batches">Every example.</param>
    public static string NameOf(UInt128 weights, string numericsId, IEnumerable<TokenBatch> batches)
    {
        var hash = new XxHash128();
        hash.Append(Encoding.UTF8.GetBytes($"{weights:x32} {numericsId}"));
        foreach (TokenBatch batch in batches)
        {
            foreach (ReadOnlyMemory<int> part in (ReadOnlyMemory<int>[])[batch.Ids, batch.Positions, batch.Sources, batch.RowStarts])
            {
                hash.Append(MemoryMarshal.AsBytes<int>([part.Length]));
                hash.Append(MemoryMarshal.AsBytes(part.Span));
            }
        }

        return $"embeddings-{hash.GetCurrentHashAsUInt128():x32}.bin";
    }

    /// <summary>The values, or null where there is no sound file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="lengths">Values of each example.</param>
    public static float[][]? Read(string path, IReadOnlyList<int> lengths)
    {
        long bytes = HashBytes + (sizeof(float) * lengths.Sum(length => (long)length));
        if (!File.Exists(path) || new FileInfo(path).Length != bytes)
        {
            return null;
        }

        try
        {
            using FileStream stream = File.OpenRead(path);
            byte[] expected = new byte[HashBytes];
            stream.ReadExactly(expected);
            var hash = new XxHash128();
            float[][] rows = new float[lengths.Count][];
            for (int i = 0; i < rows.Length; i++)
            {
                rows[i] = new float[lengths[i]];
                Span<byte> part = MemoryMarshal.AsBytes(rows[i].AsSpan());
                stream.ReadExactly(part);
                hash.Append(part);
            }

            return hash.GetCurrentHash().AsSpan().SequenceEqual(expected) ? rows : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be read: {failure.Message}", failure);
        }
    }

    /// <summary>Writes the values under a temporary name, and renames.</summary>
    public static void Write(string path, IReadOnlyList<float[]> rows)
    {
        var hash = new XxHash128();
        foreach (float[] row in rows)
        {
            hash.Append(MemoryMarshal.AsBytes(row.AsSpan()));
        }

        AtomicFile.Write(path, stream =>
        {
            stream.Write(hash.GetCurrentHash());
            foreach (float[] row in rows)
            {
                stream.Write(MemoryMarshal.AsBytes(row.AsSpan()));
            }
        });
    }
}
