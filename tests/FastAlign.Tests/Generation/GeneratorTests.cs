using FastAlign.Core;
using FastAlign.Cpu;
using FastAlign.Models;
using FastAlign.Tests.Invariance;

namespace FastAlign.Tests.Generation;

public sealed class GeneratorTests : IDisposable
{
    private readonly CpuBackend _backend = new(1);
    private readonly ParameterSet _weights;
    private readonly DecoderModel _model;

    public GeneratorTests()
    {
        DecoderSpec spec = RandomDecoder.Spec("rms-gated");
        _weights = RandomDecoder.Weights(spec, _backend, 1);
        _model = new DecoderModel(spec, _weights, RandomDecoder.Positions);
    }

    [Fact]
    public void Generate_StopToken_EndsItsContinuationOnly()
    {
        int[][] prompts = [[1, 2, 3], [4, 5]];
        var options = new GenerationOptions { MaxNewTokens = 12, SamplesPerPrompt = 4, Sampling = new SamplingOptions { Temperature = 1.5, Seed = 2 } };
        IReadOnlyList<Continuation> unstopped = new Generator(_model).Generate(prompts, options);
        int stop = unstopped[0].Ids[4];

        IReadOnlyList<Continuation> stopped = new Generator(_model).Generate(prompts, options with { StopIds = [stop] });

        for (int i = 0; i < unstopped.Count; i++)
        {
            int first = unstopped[i].Ids.ToList().IndexOf(stop);
            int length = first < 0 ? options.MaxNewTokens : first + 1;
            Assert.Equal(first >= 0, stopped[i].IsStopped);
            Assert.Equal(unstopped[i].Ids.Take(length), stopped[i].Ids);
            Assert.Equal(unstopped[i].LogProbs.Take(length), stopped[i].LogProbs);
            Assert.Equal(unstopped[i].Prompt, stopped[i].Prompt);
        }

        Assert.Contains(stopped, c => c.IsStopped);
    }

    [Fact]
    public void Generate_TokensAsTheyAppear_AreThoseOfTheResult()
    {
        var seen = new List<int>[] { [], [] };

        IReadOnlyList<Continuation> continuations = new Generator(_model).Generate(
            [[1, 2], [3]], new GenerationOptions { MaxNewTokens = 5 }, (index, token) => seen[index].Add(token));

        Assert.Equal(continuations.Select(c => c.Ids), seen);
    }

    [Fact]
    public void Generate_Cancelled_ReturnsWhatThereIs()
    {
        using var source = new CancellationTokenSource();
        int tokens = 0;

        Continuation continuation = new Generator(_model).Generate(
            [[1, 2]], new GenerationOptions { MaxNewTokens = 9 }, (_, _) => Cancel(), source.Token)[0];

        Assert.Equal(3, continuation.Ids.Count);
        Assert.False(continuation.IsStopped);

        void Cancel()
        {
            if (++tokens == 3)
            {
                source.Cancel();
            }
        }
    }

    [Fact]
    public void Generate_NoPrompts_GivesNothing() => Assert.Empty(new Generator(_model).Generate([], new GenerationOptions()));

    [Theory]
    [InlineData(new int[0], 1, "prompt 0: expected at least one token")]
    [InlineData(new[] { 1, RandomDecoder.Vocab }, 1, "token 1: expected an id below the vocabulary of 13, found 13")]
    [InlineData(new[] { 1, -1 }, 1, "found -1")]
    [InlineData(new[] { 1, 2, 3 }, RandomDecoder.Positions - 2, "exceed the 24 positions")]
    [InlineData(new[] { 1 }, 0, "max_new_tokens")]
    public void Generate_BadInput_SaysWhatIsWrong(int[] prompt, int newTokens, string expected)
    {
        InputException error = Assert.Throws<InputException>(() => new Generator(_model).Generate([prompt], new GenerationOptions { MaxNewTokens = newTokens }));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory, InlineData(0.0), InlineData(1.0)]
    public void Generate_WeightNotFinite_SaysSo(double temperature)
    {
        double[] head = new double[_weights[DecoderParameters.Head].Length];
        head[^1] = double.NaN;
        _backend.UploadReal(head, _weights[DecoderParameters.Head]);
        var options = new GenerationOptions { MaxNewTokens = 2, Sampling = new SamplingOptions { Temperature = temperature } };

        RunException error = Assert.Throws<RunException>(() => new Generator(_model).Generate([[1, 2]], options));

        Assert.Contains("prompt 0, new token 0: its log-prob is NaN", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_Done_LeavesNoBuffers()
    {
        int before = _backend.LiveBuffers;

        new Generator(_model).Generate([[1, 2], [3]], new GenerationOptions { MaxNewTokens = 4, SamplesPerPrompt = 3 });

        Assert.Equal(before, _backend.LiveBuffers);
    }

    public void Dispose()
    {
        _model.Dispose();
        _weights.Dispose();
        Assert.Equal(0, _backend.LiveBuffers);
        _backend.Dispose();
    }
}
