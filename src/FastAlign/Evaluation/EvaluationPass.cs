using System.Text.Json.Nodes;
using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.IO.Checkpoints;
using FastAlign.IO.Files;
using FastAlign.IO.Tokenizers;
using FastAlign.Models;

namespace FastAlign;

/// <summary>Runs a model over a task once, with memory planned for it, and writes per-token log-probs where they are asked for.</summary>
/// <param name="options">File, batch size, where per-token figures go.</param>
/// <param name="model">What is evaluated.</param>
/// <param name="reference">What losses with a reference compare it with; null counts its log-probs as 0.</param>
/// <param name="tokenizer">The model's.</param>
internal sealed class EvaluationPass(EvaluationOptions options, LoadedModel model, LoadedModel? reference, Tokenizer tokenizer)
{
    public bool HasReference => reference is not null;

    /// <summary>Loss and metrics of every example.</summary>
    /// <param name="examples">Examples and loss.</param>
    /// <param name="longest">Tokens of the longest sequence.</param>
    /// <param name="onBatch">Sees each batch too; may be null.</param>
    /// <param name="cancellation">Stops between batches.</param>
    public ExampleScores Score(TrainingTask examples, int longest, EvaluatedBatch? onBatch, CancellationToken cancellation)
    {
        using DecoderModel? frozen = reference is null ? null : new DecoderModel(reference.Spec, reference.Parameters, longest);
        TrainingTask task = !examples.Loss.NeedsReference ? examples : examples with { Reference = frozen is null ? new NoReference() : new FrozenReference(frozen) };
        VocabularyCheck.Run(task.Data, model.Spec.Vocab, options.Dataset, tokenizer);
        using var decoder = new DecoderModel(model.Spec, model.Parameters, longest);
        var plan = new TrainingOptions { BatchSize = options.BatchSize, MaxSteps = 1, IsShuffled = false };
        long arena = MemoryPlan.Of(model.Spec, model.Parameters.Specs, longest, model.Parameters.Backend, task, task, plan).ArenaBytes;
        using var pass = new TrainingPass(decoder, null, ActivationMode.None, arena);
        if (options.PerTokenFile is { } file && (task.Loss.Heads & ModelHeads.LogProb) != 0)
        {
            WritePerToken(file, pass, task, cancellation);
        }

        return ExampleScores.Of(pass, task, options.BatchSize, onBatch, cancellation);
    }

    private void WritePerToken(string file, TrainingPass pass, TrainingTask task, CancellationToken cancellation) =>
        AtomicFile.Write(file, stream =>
        {
            var metrics = new MetricAccumulator(MetricAveraging.Items);
            Evaluator.Evaluate(pass, task, options.BatchSize, metrics, (examples, batch, run) => WriteBatch(stream, task, examples, batch, run), cancellation);
        });

    private void WriteBatch(Stream stream, TrainingTask task, ReadOnlySpan<int> examples, TokenBatch batch, TrainingPass pass)
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
                if (task.Data is PreferenceData)
                {
                    line["side"] = s == 0 ? "chosen" : "rejected";
                }
                else if (sequences > 1)
                {
                    line["completion"] = s;
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
}
