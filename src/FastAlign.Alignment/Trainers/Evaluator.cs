namespace FastAlign.Alignment;

/// <summary>Mean loss and metrics of a whole set, every item weighing the same whatever the batches.</summary>
public static class Evaluator
{
    /// <summary>Consecutive batches of <paramref name="size"/> examples.</summary>
    public static IEnumerable<int[]> Batches(int count, int size)
    {
        for (int start = 0; start < count; start += size)
        {
            yield return [.. Enumerable.Range(start, Math.Min(size, count - start))];
        }
    }

    /// <summary>Evaluates all examples, as one step.</summary>
    /// <param name="pass">Runs the batches.</param>
    /// <param name="task">Examples, loss, reference.</param>
    /// <param name="batchSize">Examples per batch.</param>
    /// <param name="metrics">Receives the metrics; should average over items.</param>
    /// <param name="onBatch">Called after each batch with its examples, its rows and the pass that holds their log-probs; may be null.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <returns>The loss over the whole set.</returns>
    public static double Evaluate(
        TrainingPass pass, TrainingTask task, int batchSize, MetricAccumulator metrics, EvaluatedBatch? onBatch = null, CancellationToken cancellation = default)
    {
        task.Data.Begin([.. Batches(task.Data.Count, batchSize)]);
        var total = new StepCounts(0, 0);
        foreach (int[] batch in Batches(task.Data.Count, batchSize))
        {
            total += task.Data.Counts(batch);
        }

        double loss = 0;
        pass.Begin();
        foreach (int[] batch in Batches(task.Data.Count, batchSize))
        {
            cancellation.ThrowIfCancellationRequested();
            Models.TokenBatch built = task.Data.Build(batch);
            pass.Add(task, built, batch);
            if (!task.Loss.IsCoupled)
            {
                loss += pass.Finish(task, total, metrics);
            }

            onBatch?.Invoke(batch, built, pass);
            if (!task.Loss.IsCoupled)
            {
                pass.Begin();
            }
        }

        if (task.Loss.IsCoupled)
        {
            loss = pass.Finish(task, total, metrics);
        }

        return loss;
    }
}

/// <summary>Sees each evaluated batch while its log-probs are at hand.</summary>
/// <param name="examples">Which examples.</param>
/// <param name="batch">Their rows.</param>
/// <param name="pass">Holds policy and reference log-probs of these rows.</param>
public delegate void EvaluatedBatch(ReadOnlySpan<int> examples, Models.TokenBatch batch, TrainingPass pass);
