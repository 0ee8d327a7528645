using FastAlign.IO.Tokenizers;
using Xunit;

namespace FastAlign.Tests.Tokenizers;

public sealed class BpeModelTests
{
    private static readonly Dictionary<string, int> Ids = new(StringComparer.Ordinal)
    {
        ["?"] = 0,
        ["a"] = 1,
        ["b"] = 2,
        ["\u2581"] = 3,
        ["a\u2581"] = 4,
        ["aa"] = 5,
        ["ab"] = 6,
        ["\u2581a"] = 7,
    };

    // A rule joins a to the mark after it, so the text must not be cut there.
    [Fact]
    public void Tokenize_RuleAcrossAMark_Applies() => Assert.Equal([2, 4, 2], Tokenize([(1, 3, 4)], "ba\u2581b"));

    [Fact]
    public void Tokenize_NoRuleAcrossAMark_GivesTokensWithTheirPlaces()
    {
        var model = new BpeModel(Ids, [(3, 1, 7)], new BpeOptions { UnknownId = 0 });

        ModelToken[] tokens = model.Tokenize("\u2581\u2581ab\u2581a");

        Assert.Equal([new(3, 0, 1), new(7, 1, 3), new(2, 3, 4), new(7, 4, 6)], tokens);
    }

    [Fact]
    public void Tokenize_SamePairTwice_JoinsTheLeftOne() => Assert.Equal([5, 1], Tokenize([(1, 1, 5)], "aaa"));

    [Fact]
    public void Tokenize_TwoRules_TheFirstOfTheListWins()
    {
        Assert.Equal([5, 2], Tokenize([(1, 1, 5), (1, 2, 6)], "aab"));
        Assert.Equal([1, 6], Tokenize([(1, 2, 6), (1, 1, 5)], "aab"));
    }

    [Fact]
    public void Tokenize_UnknownCharacters_FuseOnlyWhenAsked()
    {
        Assert.Equal([1, 0, 0, 1], Tokenize([], "axya"));
        Assert.Equal([new(1, 0, 1), new(0, 1, 3), new(1, 3, 4)], new BpeModel(Ids, [], new BpeOptions { UnknownId = 0, FusesUnknown = true }).Tokenize("axya"));
    }

    private static int[] Tokenize((int, int, int)[] rules, string word) =>
        [.. new BpeModel(Ids, rules, new BpeOptions { UnknownId = 0 }).Tokenize(word).Select(token => token.Id)];
}
