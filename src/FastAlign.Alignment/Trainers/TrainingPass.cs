using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>
/// Forward, loss and backward of one micro-batch. All memory is the arena's, sized by a dry run of this very code on <see cref="NullBackend"/>;
/// a call allocates nothing.
/// </summary>
public sealed class TrainingPass : IDisposable
{
    private readonly DecoderModel _model;
    private readonly LogProbHead _head;
    private readonly DecoderGradients? _gradients;
    private readonly ActivationMode _mode;
    private readonly DecoderActivations _activations = new();
    private readonly Arena _arena;
    private readonly ColumnSet _columns = new();
    private double[] _logProb = [];
    private double[] _reference = [];
    private double[] _entropy = [];
    private double[] _meanLogit = [];
    private double[] _dLogProb = [];
    private double[] _logSumSquares = [];
    private int[] _argMax = [];
    private int[] _exampleStarts = [];

    /// <param name="model">The policy.</param>
    /// <param name="gradients">Where gradients accumulate; null if this pass only evaluates.</param>
    /// <param name="mode">What forward keeps for backward.</param>
    /// <param name="arenaBytes">From <see cref="MemoryPlan"/>.</param>
    public TrainingPass(DecoderModel model, DecoderGradients? gradients, ActivationMode mode, long arenaBytes)
    {
        (_model, _gradients, _mode) = (model, gradients, mode);
        _head = new LogProbHead(model);
        _arena = new Arena(model.Backend, arenaBytes);
    }

    /// <summary>Most arena bytes any call has used.</summary>
    public long HighWaterBytes => _arena.HighWaterBytes;

    /// <summary>[R] policy log-probs of the last micro-batch (the span may be longer than R).</summary>
    public ReadOnlySpan<double> LogProbs => _logProb;

    /// <summary>[R] reference log-probs of the last micro-batch, if its task has a reference (the span may be longer than R).</summary>
    public ReadOnlySpan<double> ReferenceLogProbs => _reference;

    /// <summary>Forward, loss and backward: gradients <c>+=</c>.</summary>
    /// <returns>The micro-batch's part of the step's loss.</returns>
    public double Train(TrainingTask task, TokenBatch batch, ReadOnlySpan<int> examples, StepCounts step, MetricAccumulator metrics)
    {
        DecoderGradients gradients = _gradients ?? throw new InvalidOperationException("this pass was opened without gradients");
        _arena.Reset();
        var tensors = BatchTensors.Upload(batch, _arena);
        HeadActivations head = Forward(task, tensors, examples, _mode);
        double loss = EvaluateLoss(task, batch, examples, head, step, metrics);

        Tensor dLogProb = _arena.Take(new Shape(batch.RowCount));
        _model.Backend.UploadReal(_dLogProb.AsSpan(0, batch.RowCount), dLogProb);
        Tensor dHidden = _arena.Take(new Shape(batch.TokenCount, _model.Spec.Hidden));
        _head.Backward(head, tensors, dLogProb, Tensor.None, dHidden, gradients, _arena);
        _model.Backward(tensors, _activations, dHidden, gradients, _arena);
        return loss;
    }

    /// <summary>Forward and loss only.</summary>
    public double Evaluate(TrainingTask task, TokenBatch batch, ReadOnlySpan<int> examples, StepCounts step, MetricAccumulator metrics)
    {
        _arena.Reset();
        var tensors = BatchTensors.Upload(batch, _arena);
        HeadActivations head = Forward(task, tensors, examples, ActivationMode.None);
        return EvaluateLoss(task, batch, examples, head, step, metrics);
    }

    public void Dispose() => _arena.Dispose();

    private HeadActivations Forward(TrainingTask task, in BatchTensors tensors, ReadOnlySpan<int> examples, ActivationMode mode)
    {
        Reserve(tensors.Targets.Rows);
        task.Reference?.Compute(tensors, examples, _arena, _reference.AsSpan(0, tensors.Targets.Rows));
        Tensor hidden = _model.Forward(tensors, mode, _activations, _arena);
        return _head.Forward(hidden, tensors, task.Data.Statistics, _arena);
    }

    private double EvaluateLoss(
        TrainingTask task, TokenBatch batch, ReadOnlySpan<int> examples, in HeadActivations head, StepCounts step, MetricAccumulator metrics)
    {
        int r = batch.RowCount;
        Backend backend = _model.Backend;
        backend.DownloadReal(head.Outputs.LogProb, _logProb.AsSpan(0, r));
        _columns.Reset();
        task.Data.Fill(examples, _columns);
        var inputs = new LossInputs
        {
            RowStarts = batch.RowStarts.Span,
            ExampleStarts = ExampleStarts(task.Data, examples),
            Columns = _columns,
            LogProb = _logProb.AsSpan(0, r),
            ReferenceLogProb = task.Reference is null ? [] : _reference.AsSpan(0, r),
            Entropy = Download(backend, head.Outputs.Entropy, _entropy),
            LogSumSquares = Download(backend, head.Outputs.LogSumSquares, _logSumSquares),
            MeanLogit = Download(backend, head.Outputs.MeanLogit, _meanLogit),
            Target = batch.Targets.Span,
            ArgMax = DownloadIds(backend, head.Outputs.ArgMax),
        };
        return task.Loss.Evaluate(inputs, step, new LossGradients { LogProb = _dLogProb.AsSpan(0, r) }, metrics);
    }

    /// <summary>First sequence of every example.</summary>
    private ReadOnlySpan<int> ExampleStarts(ITrainingData data, ReadOnlySpan<int> examples)
    {
        if (_exampleStarts.Length <= examples.Length)
        {
            _exampleStarts = new int[examples.Length + 1];
        }

        for (int i = 0; i < examples.Length; i++)
        {
            _exampleStarts[i + 1] = _exampleStarts[i] + (int)data.Counts(examples.Slice(i, 1)).Sequences;
        }

        return _exampleStarts.AsSpan(0, examples.Length + 1);
    }

    private static ReadOnlySpan<double> Download(Backend backend, Tensor from, double[] to)
    {
        if (from.IsNone)
        {
            return [];
        }

        backend.DownloadReal(from, to.AsSpan(0, from.Rows));
        return to.AsSpan(0, from.Rows);
    }

    private ReadOnlySpan<int> DownloadIds(Backend backend, Tensor from)
    {
        if (from.IsNone)
        {
            return [];
        }

        backend.Download(from, _argMax.AsSpan(0, from.Rows));
        return _argMax.AsSpan(0, from.Rows);
    }

    private void Reserve(int rows)
    {
        if (_logProb.Length < rows)
        {
            _logProb = new double[rows];
            _reference = new double[rows];
            _entropy = new double[rows];
            _meanLogit = new double[rows];
            _logSumSquares = new double[rows];
            _dLogProb = new double[rows];
            _argMax = new int[rows];
        }
    }
}
