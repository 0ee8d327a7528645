using FastAlign.Core;
using FastAlign.IO.Checkpoints;
using Xunit;

namespace FastAlign.Tests.IO;

public sealed class LogProbCacheTests : IDisposable
{
    private static readonly double[] Narrow = [-0.5, -1.25, 0];
    private static readonly double[] Wide = [-0.1, -Math.PI, -1e-300];

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _warnings = [];

    private string FilePath => _folder.File("reference.cache");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Find_AfterReopening_ReturnsTheSameBitsInAnyOrder()
    {
        Fill();

        using LogProbCache cache = Open();

        Assert.Equal(Wide, cache.Find([1], [5, 6, 7]));
        Assert.Equal(Narrow, cache.Find([1, 2], [5, 6, 7]));
        Assert.Empty(cache.Find([9], [])!);
        Assert.Equal(3, cache.Count);
        Assert.Empty(_warnings);
    }

    [Fact]
    public void Find_AnythingElseDiffers_Misses()
    {
        Fill();

        AssertMisses(Open(weights: 8), [1, 2], [5, 6, 7]);
        AssertMisses(Open(numerics: "other"), [1, 2], [5, 6, 7]);
        AssertMisses(Open(head: new HeadSpec(Temperature: 0.5f)), [1, 2], [5, 6, 7]);
        AssertMisses(Open(), [1, 2, 5], [6, 7]);
        AssertMisses(Open(), [2, 1], [5, 6, 7]);
    }

    [Fact]
    public void Find_EveryByteFlippedOnce_NeverReturnsWrongValues()
    {
        Fill();
        byte[] sound = File.ReadAllBytes(FilePath);
        for (int i = 0; i < sound.Length; i++)
        {
            byte[] damaged = [.. sound];
            damaged[i] ^= 0x10;
            File.WriteAllBytes(FilePath, damaged);
            _warnings.Clear();
            using LogProbCache cache = Open();

            Assert.Equal(2, cache.Count);
            Assert.Single(_warnings);
            Assert.True(cache.Find([1, 2], [5, 6, 7]) is null or [-0.5, -1.25, 0]);
            Assert.True(cache.Find([1], [5, 6, 7]) is not { } wide || wide.SequenceEqual(Wide));
        }
    }

    [Fact]
    public void Open_TornAtEveryLength_KeepsWholeEntriesAndAppends()
    {
        Fill();
        byte[] sound = File.ReadAllBytes(FilePath);
        for (int length = 0; length < sound.Length; length++)
        {
            File.WriteAllBytes(FilePath, sound[..length]);
            using (LogProbCache torn = Open())
            {
                torn.Add([4], [4, 4, 4], Wide);
            }

            using LogProbCache cache = Open();

            Assert.Equal(Wide, cache.Find([4], [4, 4, 4]));
            Assert.True(cache.Find([1, 2], [5, 6, 7]) is null or [-0.5, -1.25, 0]);
        }
    }

    [Fact]
    public void Find_DamagedWhileOpen_WarnsAndMisses()
    {
        using LogProbCache cache = Open();
        cache.Add([1], [2, 3, 4], Wide);
        using (FileStream stream = new(FilePath, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            stream.Position = stream.Length - 1;
            stream.WriteByte(1);
        }

        Assert.Null(cache.Find([1], [2, 3, 4]));
        Assert.Single(_warnings);
    }

    [Fact]
    public void Open_FolderInItsPlace_IsAnInputError()
    {
        Directory.CreateDirectory(FilePath);

        Assert.Throws<InputException>(() => Open());
    }

    private static void AssertMisses(LogProbCache cache, int[] prompt, int[] completion)
    {
        using (cache)
        {
            Assert.Null(cache.Find(prompt, completion));
        }
    }

    private void Fill()
    {
        using LogProbCache cache = Open();
        cache.Add([1, 2], [5, 6, 7], Narrow);
        cache.Add([1], [5, 6, 7], Wide);
        cache.Add([9], [], []);
        cache.Flush();
    }

    private LogProbCache Open(ulong weights = 7, string numerics = "host", HeadSpec? head = null) =>
        LogProbCache.Open(FilePath, weights, numerics, head ?? new HeadSpec(), _warnings.Add);
}
