using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.Models;
using Xunit;

namespace FastAlign.Tests.Losses;

public sealed class MismatchedPairingTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(16)]
    public void OfStep_ShuffledStep_IsADerangementOfTheStep(int size)
    {
        int[] step = [.. new Philox(3, RandomPurpose.DataOrder, (ulong)size).Permutation(40).Take(size)];
        int[] partners = new int[40];
        Array.Fill(partners, -1);

        MismatchedPairing.OfStep([.. Enumerable.Range(0, 40).Select(Example)], step, partners);

        Assert.Equal(step.Order(), step.Select(i => partners[i]).Order());
        Assert.DoesNotContain(step, i => partners[i] == i);
        Assert.Equal(40 - size, partners.Count(partner => partner == -1));
    }

    [Fact]
    public void OfStep_OneExample_TakesItsNeighbours()
    {
        int[] partners = new int[3];

        MismatchedPairing.OfStep([Example(0), Example(1), Example(2)], [0], partners);

        Assert.Equal(2, partners[0]);
    }

    [Fact]
    public void OfStep_PairsSideBySide_NeverGivesAPromptItsOtherCompletion()
    {
        // Two completions of each prompt beside one another: a rotation by one would give every second prompt its own.
        int[] partners = new int[8];
        MismatchedPairing.OfStep([.. Enumerable.Range(0, 8).Select(i => Example(i / 2))], [0, 1, 2, 3], partners);

        Assert.Equal([2, 3, 0, 1], partners[..4]);
        Assert.Equal([3, 0, 1, 2, 7, 4, 5, 6], MismatchedPairing.Previous(8, 4));
    }

    /// <summary>In file order with steps of one micro-batch this is TRL's pairing, which its trajectory pins.</summary>
    [Fact]
    public void OfStep_FileOrder_IsTrls()
    {
        UnpairedExample[] examples = [.. Enumerable.Range(0, 10).Select(Example)];
        int[] partners = new int[10];

        MismatchedPairing.OfStep(examples, [0, 1, 2, 3], partners);
        MismatchedPairing.OfStep(examples, [4, 5, 6, 7], partners);
        MismatchedPairing.OfStep(examples, [8, 9], partners);

        Assert.Equal(MismatchedPairing.Previous(10, 4), partners);
    }

    [Fact]
    public void Data_ShuffledSteps_TakeMismatchedCompletionsFromTheStep()
    {
        UnpairedExample[] examples = [.. Enumerable.Range(0, 11).Select(i => new UnpairedExample(i, [100 + i], [i], true))];
        var data = new UnpairedData(examples, (_, partner) => examples[partner].Completion);
        var order = new DataOrder(examples.Length, new TrainingOptions { BatchSize = 2, AccumulationSteps = 2, Epochs = 3 });
        var partners = new List<int[]>();
        for (int step = 0; step < order.TotalSteps; step++)
        {
            IReadOnlyList<int[]> batches = order.Step(step);
            int[] all = [.. batches.SelectMany(batch => batch)];

            data.Begin(batches);

            Assert.Equal(all.Order(), all.Select(i => data.MismatchedOf(i)![0]).Order());
            Assert.All(all, i => Assert.NotEqual(i, data.FormOf(i)));
            Assert.All(all, i => Assert.Equal(data.MismatchedOf(i), data.Build([i]).Targets.ToArray()[1..]));
            partners.Add([.. Enumerable.Range(0, examples.Length).Select(data.FormOf)]);
        }

        Assert.NotEqual(partners[2], partners[5]);
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
