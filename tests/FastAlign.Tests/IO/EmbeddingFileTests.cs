using FastAlign.IO.Checkpoints;
using FastAlign.Models;

namespace FastAlign.Tests.IO;

/// <summary>Hidden states on disk are those of one model on one set of rows, whole, or none.</summary>
public sealed class EmbeddingFileTests
{
    [Fact]
    public void NameOf_AnotherModelRowOrArithmetic_IsAnotherName()
    {
        string[] names =
        [
            EmbeddingFile.NameOf(1, "host", [Batch(1, 2, 3)]),
            EmbeddingFile.NameOf(2, "host", [Batch(1, 2, 3)]),
            EmbeddingFile.NameOf(1, "device", [Batch(1, 2, 3)]),
            EmbeddingFile.NameOf(1, "host", [Batch(1, 2, 4)]),
            EmbeddingFile.NameOf(1, "host", [Batch(1, 2), Batch(3)]),
        ];

        Assert.Equal(names.Length, names.Distinct().Count());
        Assert.Equal(names[0], EmbeddingFile.NameOf(1, "host", [Batch(1, 2, 3)]));
    }

    [Fact]
    public void Read_DamagedFile_IsAsIfThereWereNone()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "embeddings.bin");
        EmbeddingFile.Write(path, [[1, 2], [3]]);
        Assert.Equal([[1, 2], [3]], EmbeddingFile.Read(path, [2, 1])!);

        byte[] bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 1;
        File.WriteAllBytes(path, bytes);

        Assert.Null(EmbeddingFile.Read(path, [2, 1]));
        Assert.Null(EmbeddingFile.Read(path, [2, 2]));
    }

    private static TokenBatch Batch(params int[] ids)
    {
        var builder = new TokenBatchBuilder();
        builder.ScoreAt(builder.AddSegment(ids), ids.Length - 1);
        builder.EndSequence();
        return builder.Build();
    }
}
