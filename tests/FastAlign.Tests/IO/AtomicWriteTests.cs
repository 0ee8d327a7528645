using FastAlign.Core;
using FastAlign.IO.Files;
using Xunit;

namespace FastAlign.Tests.IO;

public sealed class AtomicWriteTests
{
    [Fact]
    public void FileWrite_Success_ReplacesAndLeavesNothingElse()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("a"), "old");

        AtomicFile.Write(folder.File("a"), stream => stream.Write("new"u8));

        Assert.Equal("new", File.ReadAllText(folder.File("a")));
        Assert.Single(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void FileWrite_WriterThrows_OldFileIsIntact()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("a"), "old");

        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(folder.File("a"), stream =>
        {
            stream.Write("half"u8);
            throw new InvalidOperationException();
        }));

        Assert.Equal("old", File.ReadAllText(folder.File("a")));
        Assert.Single(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void FileWrite_StreamRunsFull_SaysSoAndOldFileIsIntact()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("a"), "old");

        RunException error = Assert.Throws<RunException>(() => AtomicFile.Write(
            folder.File("a"), stream => WriteKilobytes(stream, 100), stream => new FailingStream(stream, 50_000)));

        Assert.Contains($"{folder.File("a")}: cannot be written: No space left", error.Message, StringComparison.Ordinal);
        Assert.Equal("old", File.ReadAllText(folder.File("a")));
        Assert.Single(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void FileAndFolderWrite_DiskRunsFull_SayItAndOldContentIsIntact()
    {
        // Where no disk can be mounted, the file case above stands for it; the folder case then fails by the stream.
        using SmallDisk? disk = SmallDisk.TryMount();
        using var plain = new TemporaryFolder();
        string root = disk?.Path ?? plain.Path;
        Func<Stream, Stream> wrap = disk is null ? stream => new FailingStream(stream, 50_000) : stream => stream;
        AtomicFile.Write(Path.Combine(root, "a"), stream => stream.Write("old"u8));
        AtomicFolder.Write(Path.Combine(root, "b"), temporary => File.WriteAllText(Path.Combine(temporary, "c"), "old"));

        RunException file = Assert.Throws<RunException>(() => AtomicFile.Write(Path.Combine(root, "a"), stream => WriteKilobytes(stream, 100), wrap));
        RunException folder = Assert.Throws<RunException>(() => AtomicFolder.Write(Path.Combine(root, "b"), temporary =>
        {
            using FileStream stream = File.Create(Path.Combine(temporary, "c"));
            WriteKilobytes(wrap(stream), 100);
        }));

        Assert.Contains("No space left", file.Message, StringComparison.Ordinal);
        Assert.Contains("No space left", folder.Message, StringComparison.Ordinal);
        Assert.Equal("old", File.ReadAllText(Path.Combine(root, "a")));
        Assert.Equal("old", File.ReadAllText(Path.Combine(root, "b", "c")));
        Assert.Equal(2, Directory.GetFileSystemEntries(root).Length);
    }

    [Fact]
    public void Writes_ParentIsAFile_AreInputErrors()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("a"), "");

        Assert.Throws<InputException>(() => AtomicFile.Write(folder.File("a", "b"), _ => { }));
        Assert.Throws<InputException>(() => AtomicFile.Write(folder.File("none", "b"), _ => { }));
        Assert.Throws<InputException>(() => AtomicFolder.Write(folder.File("a", "b"), _ => { }));
        Assert.Throws<InputException>(() => AtomicFolder.Write("/proc/fastalign", _ => { }));
    }

    [Fact]
    public void FolderWrite_Existing_IsReplacedWhole()
    {
        using var folder = new TemporaryFolder();
        AtomicFolder.Write(folder.File("a"), temporary => File.WriteAllText(Path.Combine(temporary, "old"), ""));

        AtomicFolder.Write(folder.File("a"), temporary => File.WriteAllText(Path.Combine(temporary, "new"), ""));

        Assert.Equal([folder.File("a", "new")], Directory.GetFileSystemEntries(folder.File("a")));
        Assert.Single(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Clean_LeftoversOfAKilledProcess_AreRemovedOrBroughtBack()
    {
        using var folder = new TemporaryFolder();
        string id = new('a', 32);
        File.WriteAllText(folder.File($"x.tmp-{id}"), "");
        Directory.CreateDirectory(folder.File($"y.tmp-{id}", "inner"));
        Directory.CreateDirectory(folder.File($"lost.old-{id}"));
        Directory.CreateDirectory(folder.File($"kept.old-{id}"));
        Directory.CreateDirectory(folder.File("kept"));
        File.WriteAllText(folder.File("mine.tmp-1"), "");

        IReadOnlyList<string> found = Leftovers.Clean(folder.Path);

        Assert.Equal([$"kept.old-{id}", $"lost.old-{id}", $"x.tmp-{id}", $"y.tmp-{id}"], found);
        Assert.Equal(["kept", "lost", "mine.tmp-1"], Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    private static void WriteKilobytes(Stream stream, int count)
    {
        byte[] block = new byte[1024];
        for (int i = 0; i < count; i++)
        {
            stream.Write(block, 0, block.Length);
        }
    }
}
