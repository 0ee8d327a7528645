using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.IO.Datasets;
using FastAlign.IO.Tokenizers;
using FastAlign.Models;

namespace FastAlign.Tests;

public sealed class RolloutDatasetTests
{
    private static readonly RowTokenizer Rows = new(Tokenizer.Load(Goldens.DataPath("stories260k", "hf")));

    [Fact]
    public void Build_IdsRewardsAndLogProbs_AreReadAsTheyAre()
    {
        RolloutDataset set = Build("""{"prompt_ids":[1,403],"completions":[[5,2],[6,7,8]],"rewards":[[1,null],[0.5,2]],"old_logps":[[-1,-2],[-1,-1,-3]]}""");

        Assert.Equal([1, 403], set.Examples[0].Prompt);
        Assert.Equal([6, 7, 8], set.Examples[1].Completion);
        Assert.Equal([true, false], set.Examples.Select(e => e.IsEnded));
        Assert.Equal([1, double.NaN], set.Rows[0].Row.Rewards[0]);
        Assert.Equal([-1, -1, -3], set.Rows[1].Row.OldLogProbs![1]);
    }

    [Fact]
    public void Build_Texts_EndInEosAndShareTheirPrompt()
    {
        RolloutDataset set = Build("""{"prompt":"Once upon a time","completions":[", there was a dog",", Lily ran"],"rewards":[1,0]}""");

        Assert.All(set.Examples, e => Assert.Equal(Rows.EosId, e.Completion[^1]));
        Assert.Equal(set.Examples[0].Prompt, set.Examples[1].Prompt);
    }

    [Theory]
    [InlineData("""{"prompt":"a","completions":["x","y"],"rewards":[1]}""", "'rewards': expected one item per completion: 2, found 1")]
    [InlineData("""{"prompt_ids":[1],"completions":[[5],[6]],"rewards":[1,0],"old_logps":[[-1],[-1,-2]]}""", "one number per token of completion 1: 1, found 2")]
    [InlineData("""{"prompt_ids":[1],"completions":[[5],[-6]],"rewards":[1,0]}""", "token ids")]
    [InlineData("""{"prompt_ids":[1],"completions":[[5]],"rewards":["good"]}""", "numbers, or null")]
    [InlineData("""{"prompt_ids":[1],"rewards":[1]}""", "'completions'")]
    public void Build_BadRow_NamesFieldAndRow(string row, string expected)
    {
        InputException failure = Assert.Throws<InputException>(() => Build(row));

        Assert.Contains(expected, failure.Message);
        Assert.Contains("row 0", failure.Message);
    }

    [Fact]
    public void Counts_SplitOfABatch_AddUpToTheTokensOfTheBatch()
    {
        RolloutData data = Data(batch: 0, iterations: 1);

        StepCounts whole = data.Counts([0, 1, 2]);
        StepCounts parts = data.Counts([0]) + data.Counts([1, 2]);

        Assert.Equal(6.0, whole.RolloutTokens);
        Assert.Equal(whole, parts);
    }

    [Fact]
    public void RolloutOf_SeveralIterations_VisitsEachBatchBeforeTheNext()
    {
        RolloutData data = Data(batch: 2, iterations: 2);

        Assert.Equal([0, 1, 0, 1, 2, 2], Enumerable.Range(0, data.Count).Select(data.RolloutOf));
    }

    [Fact]
    public void Build_CompletionsOfOneGroup_StoreTheirPromptOnce()
    {
        TokenBatch batch = Data(batch: 0, iterations: 1).Build([0, 1]);

        Assert.Equal(2 + 1 + 2, batch.TokenCount);
        Assert.Equal(3, batch.RowCount);
    }

    private static RolloutData Data(int batch, int iterations) => new(
        [new RolloutExample(0, 0, [1, 3], [4]), new RolloutExample(0, 0, [1, 3], [5, 6]), new RolloutExample(1, 1, [1], [7, 8, 9])], batch, iterations);

    private static RolloutDataset Build(string row)
    {
        string path = Path.GetTempFileName() + ".jsonl";
        File.WriteAllText(path, row + "\n");
        try
        {
            return RolloutDataset.Build(DataFile.Read(path), Rows, 1024, masksTruncated: false);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
