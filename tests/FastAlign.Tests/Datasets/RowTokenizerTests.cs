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
}
