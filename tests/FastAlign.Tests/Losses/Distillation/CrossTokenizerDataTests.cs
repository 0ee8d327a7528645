using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.Models;
using Xunit;

namespace FastAlign.Tests.Losses;

/// <summary>Which rows distillation across tokenizers reads: those that predict the data's tokens, but for TRL's observed strategy.</summary>
public sealed class CrossTokenizerDataTests
{
    [Theory]
    [InlineData(MergeStrategy.Bayesian, Dialect.Trl, -1)]
    [InlineData(MergeStrategy.Bayesian, Dialect.Original, -1)]
    [InlineData(MergeStrategy.Observed, Dialect.Original, -1)]
    [InlineData(MergeStrategy.Observed, Dialect.Trl, 0)]
    public void Build_StrategyAndDialect_ReadRowsBeforeOrAtTheTokens(MergeStrategy merge, Dialect dialect, int shift)
    {
        // The first token of either side has no target; the policy's second is not labelled.
        var example = new CrossTokenizerExample(
            new SftExample(0, [1, 5, 6, 7], [SftExample.Ignored, SftExample.Ignored, 6, 7], []), new SftExample(0, [2, 8, 9], [2, 8, 9], []), [new TokenGroup(0, 2, 0, 2)]);
        var data = new CrossTokenizerData([example], new UniversalOptions { Merge = merge, Dialect = dialect });

        TokenBatch own = data.Build([0]);
        TokenBatch taught = data.TeacherData.Build([0]);

        Assert.Equal([2 + shift, 3 + shift], own.Sources.ToArray());
        Assert.Equal([6, 7], own.Targets.ToArray());
        Assert.Equal([1 + shift, 2 + shift], taught.Sources.ToArray());
        Assert.Equal([8, 9], taught.Targets.ToArray());
    }

    /// <summary>A stretch of the example weighs one over their number, at the row whose distribution counts.</summary>
    [Theory]
    [InlineData(MergeStrategy.Bayesian, new[] { 0.5, 0, 0.5 })]
    [InlineData(MergeStrategy.Observed, new[] { 0.5, 0.5, 0 })]
    public void Fill_TwoStretches_ShareTheSequence(MergeStrategy merge, double[] expected)
    {
        var example = new CrossTokenizerExample(
            new SftExample(0, [1, 5, 6, 7], [1, 5, 6, 7], []), new SftExample(0, [2, 8, 9], [2, 8, 9], []), [new TokenGroup(0, 1, 0, 1), new TokenGroup(1, 2, 1, 1)]);
        var columns = new ColumnSet();

        new CrossTokenizerData([example], new UniversalOptions { Merge = merge }).Fill([0], columns);

        Assert.Equal(expected, columns.Values(Column.GroupShare).ToArray());
    }

    [Fact]
    public void Validate_CrossEntropyOnRowsThatDoNotPredict_IsRefused()
    {
        var options = new UniversalOptions { Merge = MergeStrategy.Observed, CrossEntropyWeight = 0.5 };

        Assert.Contains("dialect original", Assert.Throws<InputException>(options.Validate).Message, StringComparison.Ordinal);
        (options with { Dialect = Dialect.Original }).Validate();
    }
}
