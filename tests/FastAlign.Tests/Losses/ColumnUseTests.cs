using FastAlign.Alignment;
using FastAlign.Models;
using Xunit;

namespace FastAlign.Tests.Losses;

/// <summary>What the rows say in vain is found for every paired loss, by asking the loss.</summary>
public sealed class ColumnUseTests
{
    private static readonly PreferenceExample Pair = new(0, [1, 2], [3, 4, 5], [6, 7]) { Margin = 1, SoftLabel = 0.9 };

    [Theory]
    [InlineData("sigmoid", 0, "margin")]
    [InlineData("sigmoid", 1, "")]
    [InlineData("mmpo", 0, "soft_label")]
    [InlineData("apo_zero", 1, "margin soft_label")]
    public void Unused_PairedLoss_IsWhatItDoesNotRead(string loss, double marginScale, string expected)
    {
        var options = new DpoOptions { LossTypes = [loss], MarginScale = marginScale };

        IEnumerable<Column> unused = ColumnUse.Unused(PairLosses.Dpo(options), new PreferenceData([Pair]), 0, Column.Margin, Column.SoftLabel);

        Assert.Equal(expected, string.Join(' ', unused.Select(column => column.Name)));
    }

    [Theory]
    [InlineData("bradley_terry", 1, "")]
    [InlineData("bradley_terry", 3, "")]
    [InlineData("cost", 1, "margin soft_label")]
    public void Unused_RewardLoss_IsWhatItDoesNotRead(string loss, int members, string expected)
    {
        var data = new JudgedData([new JudgedExample(0, [1], [[2], [3]], [0, 0]) { Margin = 1, SoftLabel = 0.5, Safe = [1, 0] }]);

        IEnumerable<Column> unused = ColumnUse.Unused(RewardLosses.Create(loss, new RewardOptions { Members = members }), data, members, Column.Margin, Column.SoftLabel);

        Assert.Equal(expected, string.Join(' ', unused.Select(column => column.Name)));
    }

    [Fact]
    public void Unused_DataWithoutTheColumn_IsNothing() => Assert.Empty(
        ColumnUse.Unused(PairLosses.Dpo(new DpoOptions()), new PreferenceData([Pair with { Margin = null, SoftLabel = null }]), 0, Column.Margin, Column.SoftLabel));
}
