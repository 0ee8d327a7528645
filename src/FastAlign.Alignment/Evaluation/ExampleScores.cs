using System.Runtime.InteropServices;
using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>
/// Loss and metrics of every example by itself, so that means can carry intervals and two models can be compared example by example.
/// </summary>
public sealed class ExampleScores
{
    private readonly List<Metric> _metrics = [Metric.Loss];
    private readonly List<List<double>> _values = [[]];

    private ExampleScores()
    {
    }

    /// <summary>What was scored, the loss first.</summary>
    public IReadOnlyList<Metric> Metrics => _metrics;

    /// <summary>One value for each example that has the metric, in order; the loss is that of the example alone.</summary>
    public ReadOnlySpan<double> Values(Metric metric) => CollectionsMarshal.AsSpan(_values[_metrics.IndexOf(metric)]);

    /// <summary>Mean with 95% interval: Wilson for shares, else a bootstrap over examples.</summary>
    public Estimate Estimate(Metric metric, ulong seed)
    {
        ReadOnlySpan<double> values = Values(metric);
        if (!IsShare(metric, values))
        {
            return Intervals.Mean(values, seed);
        }

        int correct = 0;
        foreach (double value in values)
        {
            correct += value > 0 ? 1 : 0;
        }

        return Intervals.Share(correct, values.Length);
    }

    /// <summary>Rankings of more than two have accuracies between 0 and 1.</summary>
    private static bool IsShare(Metric metric, ReadOnlySpan<double> values) =>
        (metric == Metric.RewardsAccuracies || metric == Metric.Accuracy) && !values.ContainsAnyExcept(0.0, 1.0);

    /// <summary>Scores all examples of a task.</summary>
    /// <param name="pass">Runs the batches.</param>
    /// <param name="task">Examples, loss, reference.</param>
    /// <param name="batchSize">Examples per batch.</param>
    /// <param name="onBatch">Sees each batch too; may be null.</param>
    /// <param name="cancellation">Stops between batches.</param>
    public static ExampleScores Of(TrainingPass pass, TrainingTask task, int batchSize, EvaluatedBatch? onBatch = null, CancellationToken cancellation = default)
    {
        var scores = new ExampleScores();
        var unused = new MetricAccumulator(MetricAveraging.Items);
        Evaluator.Evaluate(pass, task, batchSize, unused, (examples, batch, run) =>
        {
            onBatch?.Invoke(examples, batch, run);
            scores.Add(task, examples, batch, run);
        }, cancellation);
        return scores;
    }

    private void Add(TrainingTask task, ReadOnlySpan<int> examples, TokenBatch batch, TrainingPass pass)
    {
        var metrics = new MetricAccumulator(MetricAveraging.Items);
        var columns = new ColumnSet();
        int sequence = 0;
        for (int i = 0; i < examples.Length; i++)
        {
            StepCounts counts = task.Data.Counts(examples.Slice(i, 1));
            ReadOnlySpan<int> starts = batch.RowStarts.Span.Slice(sequence, (int)counts.Sequences + 1);
            int first = starts[0];
            int rows = starts[^1] - first;
            int[] own = new int[starts.Length];
            for (int s = 0; s < own.Length; s++)
            {
                own[s] = starts[s] - first;
            }

            columns.Reset();
            task.Data.Fill(examples.Slice(i, 1), columns);
            metrics.Reset();
            _values[0].Add(task.Loss.Evaluate(pass.Rows.Example(first, own, [0, own.Length - 1], columns), counts, pass.Rows.ExampleGradients(first, rows), metrics));
            for (int m = 0; m < metrics.Count; m++)
            {
                ValuesOf(metrics[m].Metric).Add(metrics[m].Value);
            }

            sequence += (int)counts.Sequences;
        }
    }

    private List<double> ValuesOf(Metric metric)
    {
        int index = _metrics.IndexOf(metric);
        if (index < 0)
        {
            index = _metrics.Count;
            _metrics.Add(metric);
            _values.Add([]);
        }

        return _values[index];
    }
}
