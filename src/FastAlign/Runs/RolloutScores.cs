using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.IO.Checkpoints;
using FastAlign.Models;

namespace FastAlign;

/// <summary>Log-probs of recorded completions under a model that stands still.</summary>
internal static class RolloutScores
{
    /// <summary>Log-probs of the tokens of each rollout, nats.</summary>
    public static double[][] Of(RolloutData data, LoadedModel model, int maxLength)
    {
        double[][] all = new double[data.Rollouts.Count][];
        using var policy = new DecoderModel(model.Spec, model.Parameters, maxLength);
        using var arena = new Arena(policy.Backend, Bytes(data, policy));
        var scores = new FrozenReference(policy);
        for (int i = 0; i < data.Rollouts.Count; i++)
        {
            TokenBatch batch = Whole(data.Rollouts[i]);
            double[] logProbs = new double[batch.RowCount];
            arena.Reset();
            scores.Compute(BatchTensors.Upload(batch, arena), [i], arena, logProbs);
            all[i] = logProbs;
        }

        return all;
    }

    /// <summary>All tokens scored, those that the loss leaves out too.</summary>
    private static TokenBatch Whole(RolloutExample rollout)
    {
        var builder = new TokenBatchBuilder();
        builder.ScoreFrom(builder.AddSegment(rollout.Completion, builder.AddSegment(rollout.Prompt)));
        builder.EndSequence();
        return builder.Build();
    }

    /// <summary>Scratch of the largest forward: a dry run on nothing of the longest sequence and of the longest completion.</summary>
    private static long Bytes(RolloutData data, DecoderModel policy)
    {
        using var nothing = new NullBackend(policy.Backend);
        using var weights = new ParameterSet(nothing, policy.Parameters.Specs);
        using var twin = new DecoderModel(policy.Spec, weights, policy.MaxLength);
        using var arena = new Arena(nothing, Arena.Unlimited);
        RolloutExample[] largest = [data.Rollouts.MaxBy(r => r.Prompt.Length + r.Completion.Length)!, data.Rollouts.MaxBy(r => r.Completion.Length)!];
        foreach (RolloutExample rollout in largest)
        {
            TokenBatch batch = Whole(rollout);
            arena.Reset();
            new FrozenReference(twin).Compute(BatchTensors.Upload(batch, arena), [0], arena, new double[batch.RowCount]);
        }

        return arena.HighWaterBytes;
    }
}
