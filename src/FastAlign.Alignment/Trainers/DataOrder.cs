using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>
/// Which examples belong to which micro-batch of which step: a pure function of the options, so that a resumed run needs no cursor but its step number.
/// </summary>
/// <remarks>
/// Each epoch visits every example once, in file order or in the order of Philox stream (seed, DataOrder, epoch). Micro-batches and steps do not
/// reach over the end of an epoch: the last ones may be smaller.
/// </remarks>
public sealed class DataOrder
{
    private readonly int _count;
    private readonly TrainingOptions _options;
    private int _shuffledEpoch = -1;
    private int[] _order = [];

    /// <param name="count">Examples.</param>
    /// <param name="options">Batch sizes, seed, length of the run.</param>
    public DataOrder(int count, TrainingOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        (_count, _options) = (count, options);
        BatchesPerEpoch = Ceiling(count, options.BatchSize);
        StepsPerEpoch = Ceiling(BatchesPerEpoch, options.AccumulationSteps);
        TotalSteps = options.MaxSteps > 0 ? options.MaxSteps : Math.Max(1, (int)Math.Ceiling(options.Epochs * StepsPerEpoch));
    }

    public int BatchesPerEpoch { get; }

    public int StepsPerEpoch { get; }

    /// <summary>Optimizer steps of the whole run.</summary>
    public int TotalSteps { get; }

    /// <summary>Epochs done after <paramref name="steps"/> steps, as a fraction.</summary>
    public double EpochAt(int steps) => (double)steps / StepsPerEpoch;

    /// <summary>The micro-batches of step <paramref name="step"/> (from 0), each a list of example indices.</summary>
    public IReadOnlyList<int[]> Step(int step)
    {
        int epoch = step / StepsPerEpoch;
        int firstBatch = step % StepsPerEpoch * _options.AccumulationSteps;
        int[] order = OrderOf(epoch);
        var batches = new List<int[]>(_options.AccumulationSteps);
        for (int b = firstBatch; b < Math.Min(firstBatch + _options.AccumulationSteps, BatchesPerEpoch); b++)
        {
            int start = b * _options.BatchSize;
            batches.Add(order[start..Math.Min(start + _options.BatchSize, _count)]);
        }

        return batches;
    }

    private static int Ceiling(int count, int size) => (count + size - 1) / size;

    private int[] OrderOf(int epoch)
    {
        if (_shuffledEpoch != epoch)
        {
            _order = _options.IsShuffled
                ? new Philox(_options.Seed, RandomPurpose.DataOrder, (ulong)epoch).Permutation(_count)
                : [.. Enumerable.Range(0, _count)];
            _shuffledEpoch = epoch;
        }

        return _order;
    }
}
