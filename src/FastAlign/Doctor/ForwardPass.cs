using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign;

/// <summary>The training forward by itself: what other ways to the same log-probs are compared with.</summary>
public static class ForwardPass
{
    /// <summary>Log-probs of every scored token of all pairs, as one batch.</summary>
    public static double[] LogProbs(Backend backend, DecoderSpec spec, ParameterSet parameters, PreferenceData data)
    {
        int[] all = [.. Enumerable.Range(0, data.Count)];
        TokenBatch batch = data.Build(all);
        using var decoder = new DecoderModel(spec, parameters, batch.MaxLength);
        var task = new TrainingTask(data, PairLosses.Dpo(new DpoOptions()), new ReferenceTable([.. all.Select(_ => Array.Empty<double>())]));
        var options = new TrainingOptions { BatchSize = data.Count, MaxSteps = 1, IsShuffled = false };
        long arena = MemoryPlan.Of(spec, parameters.Specs, batch.MaxLength, backend, task, task, options).ArenaBytes;
        using var pass = new TrainingPass(decoder, null, ActivationMode.None, arena);
        pass.Evaluate(task, batch, all, data.Counts(all), new MetricAccumulator(MetricAveraging.Items));
        return pass.LogProbs[..batch.RowCount].ToArray();
    }
}
