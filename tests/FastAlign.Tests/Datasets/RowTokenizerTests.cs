using FastAlign.Core;
using FastAlign.IO.Datasets;
using Xunit;

namespace FastAlign.Tests.Datasets;

[Trait("Category", Goldens.Category)]
public sealed class RowTokenizerTests
{
    [Theory]
    [InlineData("The sky is", " blue.", RowTraits.None)]
    [InlineData("The sky is ", "blue.", RowTraits.StraddledBoundary)] // the space merges into the first word of the completion
    [InlineData("The sky is", "", RowTraits.EmptyCompletion)]
    public void Tokenize_Boundary_IsReported(string prompt, string completion, RowTraits traits)
    {
        RowTokenizer tokenizer = GoldenRows.Tokenizer("stories260k");

        Assert.Equal(traits, tokenizer.Tokenize(new SftText(0, prompt, completion), isCompletionOnly: true).Traits);
    }

    [Fact]
    public void Build_ImpossibleOptions_AreRefused()
    {
        RowTokenizer tokenizer = GoldenRows.Tokenizer("stories260k");
        DataRow[] rows = GoldenRows.Parse("{\"text\":\"a\"}");

        Assert.Throws<InputException>(() => SftDataset.Build(rows, tokenizer, new SftOptions { MaxLength = 0 }));
        Assert.Throws<InputException>(() => SftDataset.Build(rows, tokenizer, new SftOptions { MaxLength = null, Packing = PackingStrategy.Wrapped }));
        Assert.Throws<InputException>(() => SftDataset.Build(rows, tokenizer, new SftOptions { IsCompletionOnly = true }));
        Assert.Throws<InputException>(() => PreferenceDataset.Build(rows, tokenizer, new PreferenceOptions { MaxLength = 1 }));
    }

    /// <summary>A rare character is three bytes, which SentencePiece falls back to here: a place between them is nobody's end, and EOS covers nothing.</summary>
    [Fact]
    public void Ends_BytesOfACharacter_EndWhereItDoes()
    {
        RowTokenizer tokenizer = GoldenRows.Tokenizer("stories260k");
        var text = new SftText(0, "The sky", " \u5b57e");

        int[] ends = tokenizer.Ends(text, inside: 2);

        Assert.Equal(tokenizer.Tokenize(text, isCompletionOnly: true).Ids.Length, ends.Length);
        Assert.Equal(0, ends[0]);
        Assert.Equal(3 * 10, ends[^1]);
        Assert.Equal(3 * 10, ends[^2]);
        Assert.Contains(3 * 9, ends);
        Assert.Contains((3 * 8) + 2, ends);
        Assert.Equal(ends.Order(), ends);
    }
}
