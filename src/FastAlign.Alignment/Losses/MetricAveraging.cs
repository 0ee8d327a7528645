namespace FastAlign.Alignment;

/// <summary>How the figures of several micro-batches become one.</summary>
public enum MetricAveraging
{
    /// <summary>Mean of the micro-batches' means, each weighing the same: what TRL logs. Depends on how the step was cut.</summary>
    MicroBatches,

    /// <summary>Sum over all items divided by their number: independent of the cut. For evaluation.</summary>
    Items,
}
