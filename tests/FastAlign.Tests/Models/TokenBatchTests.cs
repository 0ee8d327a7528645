using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.Tests;

public sealed class TokenBatchTests
{
    [Fact]
    public void Build_PromptWithTwoCompletions_MatchesTheDrawing()
    {
        var builder = new TokenBatchBuilder();
        int prompt = builder.AddSegment([10, 11, 12]);
        builder.ScoreFrom(builder.AddSegment([20, 21], prompt));
        builder.EndSequence();
        builder.ScoreFrom(builder.AddSegment([30, 31, 32], prompt));
        builder.EndSequence();

        TokenBatch batch = builder.Build();

        Assert.Equal([10, 11, 12, 20, 21, 30, 31, 32], batch.Ids.ToArray());
        Assert.Equal([0, 1, 2, 3, 4, 3, 4, 5], batch.Positions.ToArray());
        Assert.Equal([2, 3, 2, 5, 6], batch.Sources.ToArray());
        Assert.Equal([20, 21, 30, 31, 32], batch.Targets.ToArray());
        Assert.Equal([0, 2, 5], batch.RowStarts.ToArray());
        Assert.Equal(6, batch.MaxLength);
        Assert.Equal([0, 3, 3], batch.Layout.FirstPositions.ToArray());
    }

    [Fact]
    public void Score_AcrossEmptySegments_FindsTheTokenBefore()
    {
        var builder = new TokenBatchBuilder();
        int root = builder.AddSegment([5]);
        int empty = builder.AddSegment([], root);
        builder.Score(builder.AddSegment([7], empty), 0);
        builder.EndSequence();

        Assert.Equal([0], builder.Build().Sources.ToArray());
    }

    [Fact]
    public void Score_FirstTokenOfARoot_IsRefused()
    {
        var builder = new TokenBatchBuilder();
        int root = builder.AddSegment([5, 6]);

        Assert.Contains("no token before it", Assert.Throws<ShapeException>(() => builder.Score(root, 0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Layout_ParentAfterChildOrRunOutside_IsRefused()
    {
        Assert.Throws<ShapeException>(() => new AttentionLayout([new Segment(0, 2, 0)], []));
        Assert.Throws<ShapeException>(() => new AttentionLayout([new Segment(0, 2, -1)], [new QueryRun(0, 3, 0, 0)]));
    }
}
