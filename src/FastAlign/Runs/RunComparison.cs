using FastAlign.Alignment;
using FastAlign.IO.Checkpoints;
using FastAlign.IO.Tokenizers;
using FastAlign.Models;

namespace FastAlign;

/// <summary>The model before and after: figures on the evaluation set, greedy continuations of a few prompts.</summary>
internal sealed class RunComparison(LoadedModel model, Tokenizer tokenizer, int batchSize, ulong seed, int newTokens, IReadOnlyList<int[]> prompts)
{
    private ExampleScores? _before;
    private IReadOnlyList<string> _continuations = [];

    /// <summary>Scores the untrained policy.</summary>
    public void Before(Trainer trainer, TrainingTask? eval, CancellationToken cancellation)
    {
        _before = eval is null ? null : ExampleScores.Of(trainer.Pass, eval, batchSize, cancellation);
        _continuations = Continue(trainer.Model, cancellation);
    }

    /// <summary>Scores the trained policy and puts both side by side.</summary>
    public RunSummary After(Trainer trainer, TrainingTask? eval, TrainingEnd end, string modelFolder)
    {
        IReadOnlyList<string> after = Continue(trainer.Model, CancellationToken.None);
        var samples = new List<SamplePair>();
        for (int p = 0; p < prompts.Count; p++)
        {
            samples.Add(new SamplePair(tokenizer.Decode(prompts[p], true), _continuations[p], after[p]));
        }

        return new RunSummary(end, modelFolder, eval is null ? [] : Compare(ExampleScores.Of(trainer.Pass, eval, batchSize)), samples);
    }

    private List<ComparisonRow> Compare(ExampleScores after)
    {
        var rows = new List<ComparisonRow>();
        foreach (Metric metric in after.Metrics)
        {
            Estimate change = Intervals.PairedDifference(_before!.Values(metric), after.Values(metric), seed);
            rows.Add(new ComparisonRow(metric, _before.Estimate(metric, seed), after.Estimate(metric, seed), change));
        }

        return rows;
    }

    private List<string> Continue(DecoderModel policy, CancellationToken cancellation)
    {
        var options = new GenerationOptions { MaxNewTokens = newTokens, StopIds = model.Tokens.End };
        var texts = new List<string>();
        foreach (int[] prompt in prompts)
        {
            int room = policy.MaxLength - prompt.Length;
            IReadOnlyList<int> ids = room < 1
                ? []
                : new Generator(policy).Generate([prompt], options with { MaxNewTokens = Math.Min(newTokens, room) }, null, cancellation)[0].Ids;
            texts.Add(tokenizer.Decode([.. ids], true));
        }

        return texts;
    }
}
