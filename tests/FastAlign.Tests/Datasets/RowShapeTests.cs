using FastAlign.Core;
using FastAlign.IO.Datasets;
using Xunit;

namespace FastAlign.Tests.Datasets;

public sealed class RowShapeTests
{
    [Fact]
    public void SftText_EachShape_IsRead()
    {
        Assert.Equal(new SftText(0, null, "t"), SftText.From(Row("{\"text\":\"t\"}")));
        Assert.Equal(new SftText(0, null, "t"), SftText.From(Row("{\"story\":\"t\"}"), "story"));
        Assert.Equal(new SftText(0, "p", "c"), SftText.From(Row("{\"prompt\":\"p\",\"completion\":\"c\",\"text\":\"t\"}")));
        Assert.Equal(new SftText(0, null, "t"), SftText.From(Row("{\"prompt\":null,\"completion\":null,\"text\":\"t\"}")));
    }

    [Fact]
    public void PreferenceText_EachShape_IsRead()
    {
        Assert.Equal(new PreferenceText(0, "p", "c", "r"), PreferenceText.From(Row("{\"prompt\":\"p\",\"chosen\":\"c\",\"rejected\":\"r\"}")));
        Assert.Equal(new PreferenceText(0, "ab", " c", " d"), PreferenceText.From(Row("{\"chosen\":\"ab c\",\"rejected\":\"ab d\"}")));
        Assert.Equal(new PreferenceText(0, "ab", " c", " d"), PreferenceText.From(Row("{\"prompt\":null,\"chosen\":\"ab c\",\"rejected\":\"ab d\"}")));
    }

    [Fact]
    public void PreferenceText_DialogueOfHhRlhf_SplitsAtTheLastAnswer()
    {
        DataRow row = Row("""{"chosen":"\n\nHuman: Hi\n\nAssistant: Yes, sure.","rejected":"\n\nHuman: Hi\n\nAssistant: No."}""");

        Assert.Equal(new PreferenceText(0, "\n\nHuman: Hi\n\nAssistant:", " Yes, sure.", " No."), PreferenceText.From(row));
    }

    [Theory]
    [InlineData("a b c", "a b d", "a b", " c", " d")] // the space goes along
    [InlineData("same", "same", "sam", "e", "e")] // the last character compared stays
    [InlineData("ab", "abc", "a", "b", "bc")]
    [InlineData("x😀", "x😀y", "x", "😀", "😀y")] // a character beyond 16 bits stays whole
    [InlineData("😀", "😁", "", "😀", "😁")] // they share their first half
    [InlineData("x ", "y", "x", " ", "y")] // with nothing in common, "before" wraps around
    [InlineData("x ", "y😀", "x", " ", "😀")]
    [InlineData("x", "y ", "", "x", "y ")]
    public void ImplicitPrompt_Split_FollowsTrl(string chosen, string rejected, string prompt, string restOfChosen, string restOfRejected)
    {
        Assert.Equal((prompt, restOfChosen, restOfRejected), ImplicitPrompt.Split(chosen, rejected));
    }

    [Theory]
    [InlineData("{\"chosen\":\"\",\"rejected\":\"r\"}", "field 'chosen': expected a text that begins with the prompt, found an empty one")]
    [InlineData("{\"chosen\":\"c\",\"rejected\":\"\"}", "field 'rejected': expected a text")]
    [InlineData("{\"chosen\":\"c\",\"question\":\"r\"}", "expected the fields 'chosen' and 'rejected', with or without 'prompt'; found 'chosen', 'question'")]
    [InlineData("{\"prompt\":7,\"chosen\":\"c\",\"rejected\":\"r\"}", "field 'prompt': expected a string, found a number")]
    [InlineData("{\"prompt\":[{\"role\":\"user\",\"content\":\"x\"}],\"chosen\":\"c\",\"rejected\":\"r\"}", "field 'prompt': expected a string, found a conversation")]
    public void PreferenceText_BadRow_IsRefused(string row, string message)
    {
        InputException error = Assert.Throws<InputException>(() => PreferenceText.From(Row(row)));

        Assert.StartsWith("rows.json, row 0 (line 1): " + message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"prompt\":\"p\"}", "expected the fields 'text', or 'prompt' and 'completion'; found 'prompt'")]
    [InlineData("{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}", "field 'messages': expected a string, found a conversation")]
    [InlineData("{\"conversations\":[{\"from\":\"human\",\"value\":\"x\"}]}", "field 'conversations': expected a string, found a conversation")]
    public void SftText_BadRow_IsRefused(string row, string message)
    {
        InputException error = Assert.Throws<InputException>(() => SftText.From(Row(row)));

        Assert.StartsWith("rows.json, row 0 (line 1): " + message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void UnpairedText_LabelOtherThanTruthValue_IsRefused()
    {
        Assert.Equal(new UnpairedText(0, "p", "c", true), UnpairedText.From(Row("{\"prompt\":\"p\",\"completion\":\"c\",\"label\":true}")));
        Assert.Throws<InputException>(() => UnpairedText.From(Row("{\"prompt\":\"p\",\"completion\":\"c\",\"label\":\"yes\"}")));
    }

    private static DataRow Row(string json) => GoldenRows.Parse(json)[0];
}
