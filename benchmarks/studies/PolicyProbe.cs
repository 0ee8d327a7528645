using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.Studies;

/// <summary>What a trained policy is measured by: the same held-out pairs and prompts for every loss.</summary>
internal sealed class PolicyProbe : IDisposable
{
    private const ulong IntervalSeed = 0;
    private const int BatchSize = 16;

    private readonly DecoderModel _reference;
    private readonly Arena _arena;

    public PolicyProbe(DecoderModel reference, long arenaBytes) => (_reference, _arena) = (reference, new Arena(reference.Backend, arenaBytes));

    /// <summary>Log-ratio of policy to reference of every completion, in order, nats.</summary>
    public double[] LogRatios(DecoderModel policy, IReadOnlyList<(int[] Prompt, int[] Completion)> completions)
    {
        double[] after = LogProbs(policy, completions);
        double[] before = LogProbs(_reference, completions);
        for (int i = 0; i < after.Length; i++)
        {
            after[i] -= before[i];
        }

        return after;
    }

    /// <summary>Share with interval (Wilson), or mean with interval (bootstrap).</summary>
    public static Estimate Mean(double[] values) => Intervals.Mean(values, IntervalSeed);

    public void Dispose() => _arena.Dispose();

    /// <summary>Mean entropy of the predictions along every completion, nats a token.</summary>
    public double[] Entropies(DecoderModel policy, IReadOnlyList<(int[] Prompt, int[] Completion)> completions)
    {
        double[] sums = Score(policy, completions, HeadStatistics.Entropy);
        return [.. sums.Zip(completions, (sum, one) => sum / one.Completion.Length)];
    }

    private double[] LogProbs(DecoderModel model, IReadOnlyList<(int[] Prompt, int[] Completion)> completions) => Score(model, completions, HeadStatistics.None);

    /// <summary>Sums over each completion's tokens of log-probs, or of entropies.</summary>
    private double[] Score(DecoderModel model, IReadOnlyList<(int[] Prompt, int[] Completion)> completions, HeadStatistics statistic)
    {
        double[] sums = new double[completions.Count];
        var head = new LogProbHead(model);
        var nothing = new DecoderActivations();
        for (int start = 0; start < completions.Count; start += BatchSize)
        {
            int end = Math.Min(start + BatchSize, completions.Count);
            TokenBatch batch = Build(completions, start, end);
            _arena.Reset();
            var tensors = BatchTensors.Upload(batch, _arena);
            HeadOutputs outputs = head.Forward(model.Forward(tensors, ActivationMode.None, nothing, _arena), tensors, statistic, _arena).Outputs;
            double[] rows = new double[batch.RowCount];
            model.Backend.DownloadReal(statistic == HeadStatistics.Entropy ? outputs.Entropy : outputs.LogProb, rows);
            for (int s = 0; s < end - start; s++)
            {
                sums[start + s] = rows[batch.RowStarts.Span[s]..batch.RowStarts.Span[s + 1]].Sum();
            }
        }

        return sums;
    }

    private static TokenBatch Build(IReadOnlyList<(int[] Prompt, int[] Completion)> completions, int start, int end)
    {
        var builder = new TokenBatchBuilder();
        for (int i = start; i < end; i++)
        {
            builder.ScoreFrom(builder.AddSegment(completions[i].Completion, builder.AddSegment(completions[i].Prompt)));
            builder.EndSequence();
        }

        return builder.Build();
    }
}
