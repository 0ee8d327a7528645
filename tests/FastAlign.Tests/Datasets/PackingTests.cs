using FastAlign.IO.Datasets;
using Xunit;

namespace FastAlign.Tests.Datasets;

public sealed class PackingTests
{
    [Fact]
    public void Pack_BestFit_FillsTheTightestSpaceFirst()
    {
        // 6 and 5 open blocks with 2 and 3 left; 3 fits only the second; 2 goes to the first; 4 opens a third.
        Assert.Equal(["0:6 3:2", "1:5 4:3", "2:4"], Show(Packing.Pack([6, 5, 4, 2, 3], 8, PackingStrategy.BestFit)));
    }

    [Fact]
    public void Pack_BestFit_CutsLongRowsAndSkipsEmptyOnes()
    {
        Assert.Equal(["0:4", "2:1"], Show(Packing.Pack([9, 0, 1], 4, PackingStrategy.BestFit)));
    }

    [Fact]
    public void Pack_BestFitSplit_LosesNoToken()
    {
        Assert.Equal(["0:4", "0:4", "0:1 2:1"], Show(Packing.Pack([9, 0, 1], 4, PackingStrategy.BestFitSplit)));
    }

    [Fact]
    public void Pack_Wrapped_CutsTheStream()
    {
        Assert.Equal(["0:4", "0:1 2:3", "2:2"], Show(Packing.Pack([5, 0, 5], 4, PackingStrategy.Wrapped)));
    }

    [Theory]
    [InlineData(PackingStrategy.BestFit)]
    [InlineData(PackingStrategy.BestFitSplit)]
    [InlineData(PackingStrategy.Wrapped)]
    public void Pack_MoreRowsThanAGroup_ClosesTheLastBlockOfEachGroup(PackingStrategy strategy)
    {
        // 1,000 rows of one token fill 333 blocks of 3 and leave one token, which the next group must not join.
        int[] lengths = [.. Enumerable.Repeat(1, 1001)];

        List<Packing.Piece[]> blocks = Packing.Pack(lengths, 3, strategy);

        Assert.Equal(335, blocks.Count);
        Assert.Equal(999, Assert.Single(blocks[333]).Row);
        Assert.Equal(1000, Assert.Single(blocks[334]).Row);
    }

    private static IEnumerable<string> Show(List<Packing.Piece[]> blocks) =>
        blocks.Select(block => string.Join(' ', block.Select(piece => $"{piece.Row}:{piece.Length}")));
}
