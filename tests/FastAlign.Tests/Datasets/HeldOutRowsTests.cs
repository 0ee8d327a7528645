using FastAlign.Core;
using FastAlign.IO.Datasets;
using Xunit;

namespace FastAlign.Tests.Datasets;

public sealed class HeldOutRowsTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(3, 3)]
    [InlineData(0.25, 3)] // 2.5 rows, rounded up
    [InlineData(9, 9)]
    public void Split_CountOrFraction_KeepsOrderAndLosesNothing(double heldOut, int expected)
    {
        int[] rows = [.. Enumerable.Range(0, 10)];

        (int[] train, int[] eval) = HeldOutRows.Split<int>(rows, heldOut, seed: 3);

        Assert.Equal(expected, eval.Length);
        Assert.Equal(train.Order(), train);
        Assert.Equal(eval.Order(), eval);
        Assert.Equal(rows, train.Concat(eval).Order());
    }

    [Fact]
    public void Split_Seed_DecidesWhichRows()
    {
        int[] rows = [.. Enumerable.Range(0, 100)];

        Assert.Equal(HeldOutRows.Split<int>(rows, 10, seed: 1).HeldOut, HeldOutRows.Split<int>(rows, 10, seed: 1).HeldOut);
        Assert.NotEqual(HeldOutRows.Split<int>(rows, 10, seed: 1).HeldOut, HeldOutRows.Split<int>(rows, 10, seed: 2).HeldOut);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1.5)]
    [InlineData(10)]
    [InlineData(double.NaN)]
    [InlineData(0.95)]
    public void Split_ImpossibleAmount_IsRefused(double heldOut)
    {
        Assert.Throws<InputException>(() => HeldOutRows.Split<int>(new int[10], heldOut, seed: 0));
    }
}
