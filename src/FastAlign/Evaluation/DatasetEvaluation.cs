using System.Text.Json.Nodes;
using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.Cpu;
using FastAlign.IO.Checkpoints;
using FastAlign.IO.Datasets;
using FastAlign.IO.Files;
using FastAlign.IO.Tokenizers;
using FastAlign.Models;

namespace FastAlign;

/// <summary>What to evaluate.</summary>
public sealed record EvaluationOptions
{
    /// <summary>Hugging Face folder.</summary>
    public required string Model { get; init; }

    /// <summary>Preference pairs, or rows with text or prompt and completion.</summary>
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

/// <summary>Scores a data file with a model: log-probs per token, reward accuracy and margin with intervals.</summary>
public static class DatasetEvaluation
{
    private const ulong IntervalSeed = 0;

    /// <exception cref="InputException">Model or data are wrong.</exception>
    public static IReadOnlyList<EvaluationFigure> Run(EvaluationOptions options, CancellationToken cancellation = default)
    {
        using Backend backend = options.Device?.Invoke() ?? new CpuBackend(options.Threads);
        using LoadedModel model = HfCheckpoint.Load(options.Model, backend);
        using LoadedModel? reference = options.Reference is { } folder ? HfCheckpoint.Load(folder, backend) : null;
        Tokenizer text = Tokenizer.Load(options.Model);
        var tokenizer = new RowTokenizer(text);
        DataRow[] rows = DataFile.Read(options.Dataset, options.MaxSamples > 0 ? options.MaxSamples : int.MaxValue);
        if (model.Score is not null)
        {
            return new RewardEvaluation(options, model, tokenizer).Run(rows, cancellation);
        }

        bool isPaired = rows[0].Has("chosen");
        int longest;
        ITrainingData data;
        if (isPaired)
        {
            PreferenceExample[] pairs = PreferenceDataset.Build(rows, tokenizer, new PreferenceOptions { MaxLength = options.MaxLength }).Examples;
            (data, longest) = (new PreferenceData(pairs), pairs.Max(p => p.Prompt.Length + Math.Max(p.Chosen.Length, p.Rejected.Length)));
        }
        else
        {
            SftExample[] texts = SftDataset.Build(rows, tokenizer, new SftOptions { MaxLength = options.MaxLength, TextField = options.TextField }).Examples;
            (data, longest) = (new SequenceData(texts), texts.Max(t => t.Ids.Length));
        }

        VocabularyCheck.Run(data, model.Spec.Vocab, options.Dataset, text);
        using DecoderModel? frozen = reference is null ? null : new DecoderModel(reference.Spec, reference.Parameters, longest);
        ILoss loss = isPaired ? PairLosses.Dpo(new DpoOptions { Beta = options.Beta }) : TokenLoss.Nll();
        IReferenceLogProbs? scores = !isPaired ? null : frozen is null ? new NoReference() : new FrozenReference(frozen);
        var task = new TrainingTask(data, loss, scores);
        using var decoder = new DecoderModel(model.Spec, model.Parameters, longest);
        var plan = new TrainingOptions { BatchSize = options.BatchSize, MaxSteps = 1, IsShuffled = false };
        long arena = MemoryPlan.Of(model.Spec, model.Parameters.Specs, longest, backend, task, task, plan).ArenaBytes;
        using var pass = new TrainingPass(decoder, null, ActivationMode.None, arena);
        if (options.PerTokenFile is { } file)
        {
            WritePerToken(file, pass, task, options, cancellation);
        }

        return Figures(ExampleScores.Of(pass, task, options.BatchSize, null, cancellation), isPaired, hasLoss: !isPaired || frozen is not null);
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

    private static void WritePerToken(string file, TrainingPass pass, TrainingTask task, EvaluationOptions options, CancellationToken cancellation) =>
        AtomicFile.Write(file, stream =>
        {
            var metrics = new MetricAccumulator(MetricAveraging.Items);
            Evaluator.Evaluate(pass, task, options.BatchSize, metrics, (examples, batch, run) => WriteBatch(stream, task, options, examples, batch, run), cancellation);
        });

    private static void WriteBatch(Stream stream, TrainingTask task, EvaluationOptions options, ReadOnlySpan<int> examples, TokenBatch batch, TrainingPass pass)
    {
        int sequence = 0;
        for (int i = 0; i < examples.Length; i++)
        {
            int sequences = (int)task.Data.Counts(examples.Slice(i, 1)).Sequences;
            for (int s = 0; s < sequences; s++, sequence++)
            {
                ReadOnlySpan<int> starts = batch.RowStarts.Span;
                var ids = new JsonArray();
                var logProbs = new JsonArray();
                for (int r = starts[sequence]; r < starts[sequence + 1]; r++)
                {
                    ids.Add((JsonNode)batch.Targets.Span[r]);
                    logProbs.Add((JsonNode)pass.LogProbs[r]);
                }

                var line = new JsonObject { ["row"] = task.Data.RowOf(examples[i]) };
                if (sequences == 2)
                {
                    line["side"] = s == 0 ? "chosen" : "rejected";
                }

                line["ids"] = ids;
                line["logps"] = logProbs;
                if (options.Reference is not null && task.Reference is not null)
                {
                    double[] rewards = new double[ids.Count];
                    int first = starts[sequence];
                    ImplicitReward.Tokens(pass.LogProbs.Slice(first, ids.Count), pass.ReferenceLogProbs.Slice(first, ids.Count), options.Beta, rewards);
                    line["rewards"] = new JsonArray([.. rewards.Select(reward => (JsonNode)reward)]);
                }

                stream.Write(System.Text.Encoding.UTF8.GetBytes(line.ToJsonString() + "\n"));
            }
        }
    }

    /// <summary>A reference that gives every token probability 1: rewards are then the policy's own log-probs times beta.</summary>
    private sealed class NoReference : IReferenceLogProbs
    {
        public void Compute(in BatchTensors batch, ReadOnlySpan<int> examples, Arena arena, Span<double> logProbs) => logProbs.Clear();
    }
}
