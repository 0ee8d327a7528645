using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.Cpu;
using FastAlign.IO.Checkpoints;
using FastAlign.IO.Datasets;
using FastAlign.IO.Tokenizers;
using FastAlign.Models;

namespace FastAlign;

/// <summary>What to evaluate.</summary>
public sealed record EvaluationOptions
{
    /// <summary>Hugging Face folder.</summary>
    public required string Model { get; init; }

    /// <summary>Preference pairs, judged completions, lists with scores, or rows with text or prompt and completion.</summary>
    public required string Dataset { get; init; }

    /// <summary>Reference of the rewards; null counts its log-probs as 0, so rewards are <c>beta log pi</c>.</summary>
    public string? Reference { get; init; }

    /// <summary>Inverse temperature of the rewards.</summary>
    public double Beta { get; init; } = 0.1;

    /// <summary>Longest sequence.</summary>
    public int? MaxLength { get; init; } = 1024;

    /// <summary>Use at most so many rows; 0 means all.</summary>
    public int MaxSamples { get; init; }

    /// <summary>Examples per batch.</summary>
    public int BatchSize { get; init; } = 8;

    /// <summary>Field of language-modelling rows.</summary>
    public string TextField { get; init; } = "text";

    /// <summary>Reward models: see <see cref="JudgedOptions.IsScoredBeforeEos"/>.</summary>
    public bool IsScoredBeforeEos { get; init; }

    /// <summary>Ensembles of reward models: how their scores become one.</summary>
    public EnsembleRule Ensemble { get; init; }

    /// <summary>File for per-token log-probs, and rewards if there is a reference, one JSON object per sequence; null writes none.</summary>
    public string? PerTokenFile { get; init; }

    /// <summary>Opens the backend that computes, which the evaluation owns; null takes the host with <see cref="Threads"/>.</summary>
    public Func<Backend>? Device { get; init; }

    /// <summary>Host threads; 0 takes all processors.</summary>
    public int Threads { get; init; }
}

/// <summary>One figure of an evaluation.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Estimate">Mean with 95% interval over examples.</param>
public sealed record EvaluationFigure(string Name, Estimate Estimate);

/// <summary>Scores a data file with a model: log-probs per token, reward accuracy and margin, order of lists, with intervals.</summary>
public static class DatasetEvaluation
{
    private const ulong IntervalSeed = 0;

    /// <exception cref="InputException">Model or data are wrong.</exception>
    public static IReadOnlyList<EvaluationFigure> Run(EvaluationOptions options, CancellationToken cancellation = default)
    {
        using Backend backend = options.Device?.Invoke() ?? new CpuBackend(options.Threads);
        using LoadedModel model = HfCheckpoint.Load(options.Model, backend, WeightStorage.AsInFile);
        using LoadedModel? reference = options.Reference is { } folder ? HfCheckpoint.Load(folder, backend, WeightStorage.AsInFile) : null;
        Tokenizer text = Tokenizer.Load(options.Model);
        var tokenizer = new RowTokenizer(text);
        DataRow[] rows = DataFile.Read(options.Dataset, options.MaxSamples > 0 ? options.MaxSamples : int.MaxValue);
        if (model.Score is not null)
        {
            return new RewardEvaluation(options, model, tokenizer).Run(rows, cancellation);
        }

        var pass = new EvaluationPass(options, model, reference, text);
        if (rows[0].Has("completions"))
        {
            return new PolicyRanking(options, pass).Lists(ListDataset.Build(rows, tokenizer, options.MaxLength).Examples, cancellation);
        }

        if (rows[0].Has("completion") && (rows[0].Has("label") || rows[0].Has("reward")))
        {
            return new PolicyRanking(options, pass).Judged(UnpairedDataset.Build(rows, tokenizer, options.MaxLength).Examples, rows[0].Has("reward"), cancellation);
        }

        bool isPaired = rows[0].Has("chosen");
        TrainingTask task;
        int longest;
        if (isPaired)
        {
            PreferenceExample[] pairs = PreferenceDataset.Build(rows, tokenizer, new PreferenceOptions { MaxLength = options.MaxLength }).Examples;
            task = new TrainingTask(new PreferenceData(pairs), PairLosses.Dpo(new DpoOptions { Beta = options.Beta }));
            longest = pairs.Max(p => p.Prompt.Length + Math.Max(p.Chosen.Length, p.Rejected.Length));
        }
        else
        {
            SftExample[] texts = SftDataset.Build(rows, tokenizer, new SftOptions { MaxLength = options.MaxLength, TextField = options.TextField }).Examples;
            (task, longest) = (new TrainingTask(new SequenceData(texts), TokenLoss.Nll()), texts.Max(t => t.Ids.Length));
        }

        return Figures(pass.Score(task, longest, null, cancellation), isPaired, hasLoss: !isPaired || reference is not null);
    }

    private static List<EvaluationFigure> Figures(ExampleScores scores, bool isPaired, bool hasLoss)
    {
        var figures = new List<EvaluationFigure>();
        foreach (Metric metric in scores.Metrics)
        {
            if (metric == Metric.Loss && !hasLoss)
            {
                // Without a reference the preference loss means nothing.
                continue;
            }

            figures.Add(new EvaluationFigure(metric.Name, scores.Estimate(metric, IntervalSeed)));
        }

        if (isPaired)
        {
            ReadOnlySpan<double> chosen = scores.Values(Metric.LogProbsChosen);
            ReadOnlySpan<double> rejected = scores.Values(Metric.LogProbsRejected);
            int higher = 0;
            for (int i = 0; i < chosen.Length; i++)
            {
                higher += chosen[i] > rejected[i] ? 1 : 0;
            }

            figures.Add(new EvaluationFigure("logps/accuracies", Intervals.Share(higher, chosen.Length)));
        }
        else
        {
            Estimate nats = figures[0].Estimate;
            figures.Add(new EvaluationFigure("perplexity", new Estimate(Math.Exp(nats.Mean), Math.Exp(nats.Low), Math.Exp(nats.High), nats.Count)));
        }

        return figures;
    }
}
