namespace FastAlign.Alignment;

/// <summary>
/// Sums and weights by metric, in order of first appearance. Grows when a metric is first seen and allocates nothing afterwards, <see cref="Reset"/>
/// included. A loss reports each of its metrics once per micro-batch.
/// </summary>
/// <param name="averaging">How micro-batches combine; TRL's rule is <see cref="MetricAveraging.MicroBatches"/>.</param>
public sealed class MetricAccumulator(MetricAveraging averaging)
{
    private MetricValue[] _values = new MetricValue[Metric.All.Count];

    /// <summary>Number of metrics with a value.</summary>
    public int Count { get; private set; }

    /// <summary>The <paramref name="index"/>-th metric with a value.</summary>
    public MetricValue this[int index] => index < Count ? _values[index] : throw new ArgumentOutOfRangeException(nameof(index));

    /// <summary>Adds a micro-batch's figure: <paramref name="sum"/> over <paramref name="weight"/> items. No items, no report.</summary>
    public void Add(Metric metric, double sum, double weight)
    {
        if (weight > 0)
        {
            ref MetricValue value = ref Find(metric);
            value = averaging == MetricAveraging.Items
                ? new MetricValue(metric, value.Sum + sum, value.Weight + weight)
                : new MetricValue(metric, value.Sum + (sum / weight), value.Weight + 1);
        }
    }

    /// <summary>Sets a figure of the step as a whole, such as the gradient norm, over any earlier value.</summary>
    public void Set(Metric metric, double value) => Find(metric) = new MetricValue(metric, value, 1);

    /// <summary>The figure, or NaN if the metric has no value.</summary>
    public double Value(Metric metric)
    {
        for (int i = 0; i < Count; i++)
        {
            if (_values[i].Metric.Name == metric.Name)
            {
                return _values[i].Value;
            }
        }

        return double.NaN;
    }

    /// <summary>Forgets all values.</summary>
    public void Reset() => Count = 0;

    private ref MetricValue Find(Metric metric)
    {
        for (int i = 0; i < Count; i++)
        {
            if (_values[i].Metric.Name == metric.Name)
            {
                return ref _values[i];
            }
        }

        if (Count == _values.Length)
        {
            Array.Resize(ref _values, 2 * Count);
        }

        _values[Count] = new MetricValue(metric, 0, 0);
        return ref _values[Count++];
    }
}
