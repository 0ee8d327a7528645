using FastAlign.Alignment;
using FastAlign.IO.Checkpoints;
using FastAlign.IO.Tokenizers;
using FastAlign.Models;

namespace FastAlign;

/// <summary>The model before and after: figures on the evaluation set, greedy continuations of a few prompts.</summary>
internal sealed class RunComparison(LoadedModel model, Tokenizer tokenizer, int maxLength, int batchSize, int newTokens, IReadOnlyList<int[]> prompts)
{
    private const ulong IntervalSeed = 0;

    private ExampleScores? _before;
    private List<ComparisonRow> _rows = [];
    private List<string> _continuations = [];

    /// <summary>What the untrained policy says.</summary>
    public void ContinueBefore(CancellationToken cancellation) => _continuations = Continue(cancellation);

    /// <summary>Scores the untrained policy.</summary>
    public void ScoreBefore(TrainingPass pass, TrainingTask? eval, CancellationToken cancellation) =>
        _before = eval is null ? null : ExampleScores.Of(pass, eval, batchSize, null, cancellation);

    /// <summary>Scores the trained policy and puts both side by side.</summary>
    public void ScoreAfter(TrainingPass pass, TrainingTask? eval)
    {
        if (_before is null || eval is null)
        {
            return;
        }

        ExampleScores after = ExampleScores.Of(pass, eval, batchSize);
        _rows = [.. after.Metrics.Select(metric => new ComparisonRow(
            metric,
            _before.Estimate(metric, IntervalSeed),
            after.Estimate(metric, IntervalSeed),
            Intervals.PairedDifference(_before.Values(metric), after.Values(metric), IntervalSeed)))];
    }

    /// <summary>What the trained policy says, and everything put together.</summary>
    public RunSummary ContinueAfter(TrainingEnd end, string modelFolder)
    {
        List<string> after = Continue(CancellationToken.None);
        return new RunSummary(
            end, modelFolder, _rows, [.. prompts.Select((prompt, p) => new SamplePair(tokenizer.Decode(prompt, true), _continuations[p], after[p]))]);
    }

    private List<string> Continue(CancellationToken cancellation)
    {
        using var policy = new DecoderModel(model.Spec, model.Parameters, maxLength);
        var texts = new List<string>();
        foreach (int[] prompt in prompts)
        {
            int room = Math.Min(newTokens, maxLength - prompt.Length);
            var options = new GenerationOptions { MaxNewTokens = room, StopIds = model.Tokens.End };
            IReadOnlyList<int> ids = room < 1 ? [] : new Generator(policy).Generate([prompt], options, null, cancellation)[0].Ids;
            texts.Add(tokenizer.Decode([.. ids], true));
        }

        return texts;
    }
}
