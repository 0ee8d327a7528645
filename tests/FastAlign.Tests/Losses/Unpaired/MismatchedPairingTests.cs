using FastAlign.Alignment;
using FastAlign.Models;
using Xunit;

namespace FastAlign.Tests.Losses;

public sealed class MismatchedPairingTests
{
    [Theory]
    [InlineData(2, 2)]
    [InlineData(7, 3)]
    [InlineData(9, 4)]
    [InlineData(16, 16)]
    [InlineData(5, 64)]
    public void OtherPrompts_AnyGroups_AreADerangementWithinThem(int count, int group)
    {
        int[] partners = MismatchedPairing.OtherPrompts([.. Enumerable.Range(0, count).Select(i => Example(i))], group);

        Assert.Equal(Enumerable.Range(0, count), partners.Order());
        Assert.DoesNotContain(true, partners.Select((partner, i) => partner == i));

        // A last group of one has joined the one before it.
        Assert.All(partners.Select((partner, i) => (partner, i)), pair => Assert.True(Math.Abs(pair.partner - pair.i) <= group));
    }

    [Fact]
    public void OtherPrompts_PairsSideBySide_NeverGiveAPromptItsOtherCompletion()
    {
        // Two completions of each prompt beside one another: a rotation by one would give every second prompt its own.
        UnpairedExample[] examples = [.. Enumerable.Range(0, 8).Select(i => Example(i / 2))];

        int[] partners = MismatchedPairing.OtherPrompts(examples, 4);

        Assert.Equal([2, 3, 0, 1, 6, 7, 4, 5], partners);
        Assert.Equal([3, 0, 1, 2, 7, 4, 5, 6], MismatchedPairing.Previous(8, 4));
    }

    [Fact]
    public void Data_WithMismatched_SharesThePromptAndScoresBoth()
    {
        UnpairedExample[] examples = [new(4, [1, 2], [3, 4, 5], true) { Reward = 2, PassRate = 0.5 }, new(9, [6], [7], false)];
        var data = new UnpairedData(examples, [[7], [3, 4, 5]]);

        TokenBatch batch = data.Build([1, 0]);
        var columns = new ColumnSet();
        data.Fill([1, 0], columns);

        // Tokens: 6 | 7 | 3 4 5, then 1 2 | 3 4 5 | 7.
        Assert.Equal([6, 7, 3, 4, 5, 1, 2, 3, 4, 5, 7], batch.Ids.ToArray());
        Assert.Equal([0, 1, 4, 7, 8], batch.RowStarts.ToArray());
        Assert.Equal([7, 3, 4, 5, 3, 4, 5, 7], batch.Targets.ToArray());
        Assert.Equal(new StepCounts(4, 8) { Examples = 2, ChosenTokens = 4 }, data.Counts([1, 0]));
        Assert.Equal(7, data.TokenCount([0, 1]));
        Assert.Equal([0, 0, 1, 1], columns.Values(Column.Label).ToArray());
        Assert.Equal([-1, -1, 2, 2], columns.Values(Column.Reward).ToArray());
        Assert.Equal(9, data.RowOf(1));
    }

    private static UnpairedExample Example(int prompt) => new(prompt, [prompt + 10], [1, 2], true);
}
