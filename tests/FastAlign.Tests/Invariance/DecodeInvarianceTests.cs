using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.Tests.Invariance;

/// <summary>Log-probs recorded while decoding are those of a training forward over the finished sequence, bit for bit.</summary>
[Trait("Category", Goldens.Category)]
public sealed class DecodeInvarianceTests
{
    private const int NewTokens = 9;
    private const int Samples = 3;

    public static IEnumerable<TheoryDataRow<string>> Models() => HostModel.Models();

    [Theory, MemberData(nameof(Models))]
    public void Decode_SeveralPromptsAndSamples_RecordsTheTrainingLogProbs(string name)
    {
        using var model = new HostModel(name);
        int longest = Math.Min(70, model.Model.MaxLength - NewTokens);
        int[][] prompts = [model.Tokens(longest, 1), model.Tokens(1, 2), model.Tokens(longest / 2, 3)];
        var options = new GenerationOptions { MaxNewTokens = NewTokens, SamplesPerPrompt = Samples, Sampling = new SamplingOptions { Temperature = 1, Seed = 5 } };

        IReadOnlyList<Continuation> continuations = new Generator(model.Model).Generate(prompts, options);

        Assert.Equal(prompts.Length * Samples, continuations.Count);
        foreach (Continuation continuation in continuations)
        {
            int[] recorded = [.. continuation.LogProbs.Select(p => BitConverter.SingleToInt32Bits((float)p))];
            Assert.Equal(TrainingLogProbs(model, prompts[continuation.Prompt], continuation), recorded);
        }
    }

    [Theory, MemberData(nameof(Models))]
    public void Decode_OneTwoOrSevenThreads_DrawsTheSame(string name)
    {
        var options = new GenerationOptions { MaxNewTokens = NewTokens, SamplesPerPrompt = 2, Sampling = new SamplingOptions { Temperature = 1.3, TopP = 0.95 } };
        using var one = new HostModel(name, 1);
        int[][] prompts = [one.Tokens(20, 1), one.Tokens(31, 2)];
        IReadOnlyList<Continuation> expected = new Generator(one.Model).Generate(prompts, options);

        foreach (int threads in (int[])[2, 7])
        {
            using var many = new HostModel(name, threads);
            AssertSame(expected, new Generator(many.Model).Generate(prompts, options));
        }
    }

    [Fact]
    public void Decode_AloneOrBesideOthers_RecordsTheSame()
    {
        using var model = new HostModel(HostModel.Stories);
        int[][] prompts = [model.Tokens(20, 1), model.Tokens(31, 2), model.Tokens(7, 3)];
        var options = new GenerationOptions { MaxNewTokens = NewTokens };
        var generator = new Generator(model.Model);

        IReadOnlyList<Continuation> together = generator.Generate(prompts, options);

        for (int p = 0; p < prompts.Length; p++)
        {
            Assert.Equal(generator.Generate([prompts[p]], options)[0].LogProbs, together[p].LogProbs);
        }
    }

    private static int[] TrainingLogProbs(HostModel model, int[] prompt, Continuation continuation)
    {
        var builder = new TokenBatchBuilder();
        builder.ScoreFrom(builder.AddSegment([.. prompt, .. continuation.Ids]), prompt.Length);
        builder.EndSequence();
        return model.Forward(builder.Build()).LogProb;
    }

    private static void AssertSame(IReadOnlyList<Continuation> expected, IReadOnlyList<Continuation> actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (int i = 0; i < expected.Count; i++)
        {
            Assert.Equal(expected[i].Ids, actual[i].Ids);
            Assert.Equal(expected[i].LogProbs, actual[i].LogProbs);
        }
    }
}
