using FastAlign.Alignment;
using FastAlign.Models;

namespace FastAlign.Tests;

/// <summary>Batches of pairs and lists: counts before the batch is built equal those of the batch, columns follow the examples.</summary>
public sealed class PreferenceDataTests
{
    private static readonly PreferenceExample[] Pairs =
    [
        new(0, [1, 2, 3], [4, 5], [6]) { Demonstration = [7, 8, 9], RefinedPrompt = [1, 10, 2, 3], Margin = 0.5 },
        new(1, [1, 2], [4], [6, 7, 8]) { Demonstration = [7], RefinedPrompt = [1, 10, 2], SoftLabel = 0.7 },
        new(2, [1, 5, 6, 7], [4, 2, 2], [6, 2]) { RejectedPrompt = [5, 6, 7], Demonstration = [7, 2], RefinedPrompt = [1, 10, 5, 6, 7] },
    ];

    [Fact]
    public void Fill_OldLogProbs_FollowTheRowsOfTheBatch()
    {
        PreferenceExample[] pairs =
        [
            Pairs[0] with { OldLogProbs = ([-1, -2], [-3]) }, Pairs[1] with { OldLogProbs = ([-4], [-5, -6, -7]) },
        ];
        var data = new PreferenceData(pairs, extra: PreferenceExtra.Demonstration);
        var columns = new ColumnSet();

        data.Fill([1, 0], columns);

        Assert.Equal([-4, -5, -6, -7, 0, -1, -2, -3, 0, 0, 0], columns.Values(Column.OldLogProb).ToArray());
        Assert.Equal(data.Build([1, 0]).RowCount, columns.Values(Column.OldLogProb).Length);
    }

    [Theory]
    [InlineData(PreferenceExtra.None, 2)]
    [InlineData(PreferenceExtra.Prompt, 3)]
    [InlineData(PreferenceExtra.Demonstration, 3)]
    [InlineData(PreferenceExtra.RefinedPair, 4)]
    public void Counts_EqualThoseOfTheBatch(PreferenceExtra extra, int sequencesPerExample)
    {
        var data = new PreferenceData(Pairs, extra: extra);
        TokenBatch batch = data.Build([0, 1, 2]);

        StepCounts expected = StepCounts.Of(batch.RowStarts.Span, sequencesPerExample);

        // StepCounts.Of takes the third of four sequences for an anchor; a refined pair has none.
        Assert.Equal(extra == PreferenceExtra.RefinedPair ? expected with { AnchorTokens = 0 } : expected, data.Counts([0, 1, 2]));
    }

    [Fact]
    public void Build_Prompt_IsScoredFromItsSecondTokenWithoutMoreTokens()
    {
        TokenBatch batch = new PreferenceData(Pairs, extra: PreferenceExtra.Prompt).Build([0]);

        Assert.Equal(6, batch.TokenCount);
        Assert.Equal([4, 5, 6, 2, 3], batch.Targets.ToArray());
    }

    [Fact]
    public void Build_RejectedPromptOfItsOwn_IsItsParent()
    {
        TokenBatch batch = new PreferenceData(Pairs).Build([2]);

        Assert.Equal(4 + 3 + 3 + 2, batch.TokenCount);
        Assert.Equal([4, 2, 2, 6, 2], batch.Targets.ToArray());
    }

    [Fact]
    public void Fill_Columns_AreThoseThatAnyPairHas()
    {
        var columns = new ColumnSet();
        new PreferenceData(Pairs).Fill([1, 0], columns);

        Assert.Equal([0, 0.5], columns.Values(Column.Margin).ToArray());
        Assert.Equal([0.7, 1], columns.Values(Column.SoftLabel).ToArray());
        Assert.True(columns.Values(Column.ExampleWeight).IsEmpty);
    }

    [Fact]
    public void Lists_CountsAndScores_FollowTheExamples()
    {
        var data = new ListData([new(0, [1, 2], [[3], [4, 5], [6]], [0.1, 0.9, 0.5]), new(1, [1], [[7, 8], [9]], [1, 0])]);
        TokenBatch batch = data.Build([1, 0]);
        var columns = new ColumnSet();
        data.Fill([1, 0], columns);

        Assert.Equal(new StepCounts(5, 7) { Examples = 2, ChosenTokens = 3 }, data.Counts([1, 0]));
        Assert.Equal([0, 2, 3, 4, 6, 7], batch.RowStarts.ToArray());
        Assert.Equal([1, 0, 0.1, 0.9, 0.5], columns.Values(Column.Reward).ToArray());
        Assert.Equal(3 + 2 + 3 + 4 + 3, data.TokenCount([1, 0]));
    }
}
