using System.Text.Json;
using FastAlign.IO.Tokenizers;
using Xunit;

namespace FastAlign.Tests.Tokenizers;

/// <summary>Where .NET's regular expressions differ from Oniguruma's.</summary>
public sealed class SplitPatternTests
{
    [Theory]
    [InlineData("(?i:'s|'t)", "I'\u017FT 'S", "'\u017F,'S")]
    [InlineData("(?i:'s|'k)", "'\u212A", "'\u212A")]
    [InlineData(@"\p{N}{1,3}", "\U0001D7D8\U0001D7D9\U0001D7DA\U0001D7DB", "\U0001D7D8\U0001D7D9\U0001D7DA,\U0001D7DB")]
    [InlineData(@"\p{Lu}\p{Ll}+", "\U00010400\U00010428\U00010429x", "\U00010400\U00010428\U00010429x")]
    [InlineData(@"[^\s\p{L}]+", "a\U0001F600\uFE0F b", "\U0001F600\uFE0F")]
    [InlineData(@"\s+", "a\u0085\u00A0\u2028b\u200Bc\u180Ed", "\u0085\u00A0\u2028")]
    public void FindAll_UnicodeClasses_MatchWholeCharacters(string pattern, string text, string expected)
    {
        JsonElement json = JsonSerializer.SerializeToElement(new Dictionary<string, string>(StringComparer.Ordinal) { ["Regex"] = pattern });
        var matches = new List<TextSpan>();

        SplitPattern.Read(new JsonPart("a file", "pattern", json)).FindAll(text, matches);

        Assert.Equal(expected.Split(','), matches.Select(match => text[match.Start..match.End]));
    }
}
