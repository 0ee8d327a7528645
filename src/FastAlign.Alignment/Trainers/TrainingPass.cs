using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>
/// Forward, loss and backward of one micro-batch, or of all micro-batches of a step where the loss couples them. All memory is the arena's, sized by a
/// dry run of this very code on <see cref="NullBackend"/>; a call allocates nothing once its buffers have grown to the largest batch.
/// </summary>
public sealed class TrainingPass : IDisposable
{
    private readonly DecoderModel _model;
    private readonly DecoderHeads _heads;
    private readonly DecoderGradients? _gradients;
    private readonly ActivationMode _mode;
    private readonly DecoderActivations _activations = new();
    private readonly Arena _arena;
    private readonly LossBuffer _rows = new();

    /// <param name="model">The policy.</param>
    /// <param name="gradients">Where gradients accumulate; null if this pass only evaluates.</param>
    /// <param name="mode">What forward keeps for backward.</param>
    /// <param name="arenaBytes">From <see cref="MemoryPlan"/>.</param>
    public TrainingPass(DecoderModel model, DecoderGradients? gradients, ActivationMode mode, long arenaBytes)
    {
        (_model, _gradients, _mode) = (model, gradients, mode);
        _heads = new DecoderHeads(model);
        _arena = new Arena(model.Backend, arenaBytes);
    }

    /// <summary>Most arena bytes any call has used.</summary>
    public long HighWaterBytes => _arena.HighWaterBytes;

    /// <summary>[R] policy log-probs of the micro-batch run last (the span may be longer than R).</summary>
    public ReadOnlySpan<double> LogProbs => _rows.LogProb[_rows.LastStart..];

    /// <summary>[R] reference log-probs of that micro-batch, if its task has a reference or a teacher (the span may be longer than R).</summary>
    public ReadOnlySpan<double> ReferenceLogProbs => _rows.Reference[_rows.LastStart..];

    /// <summary>Forward, loss and backward: gradients <c>+=</c>.</summary>
    /// <param name="task">Data, loss, reference.</param>
    /// <param name="batch">The micro-batch.</param>
    /// <param name="examples">What it was built from.</param>
    /// <param name="step">Denominators.</param>
    /// <param name="metrics">Receives its figures.</param>
    /// <param name="weight">Factor of its loss and gradient.</param>
    /// <returns>The micro-batch's part of the step's loss, weighted.</returns>
    public double Train(TrainingTask task, TokenBatch batch, ReadOnlySpan<int> examples, StepCounts step, MetricAccumulator metrics, double weight = 1)
    {
        _rows.Reset();
        (BatchTensors tensors, HeadActivations head) = Forward(task, batch, examples, _mode);
        double loss = weight * task.Loss.Evaluate(_rows.Inputs(), step, _rows.Gradients(), metrics);
        if (weight != 1)
        {
            _rows.ScaleGradients(weight);
        }

        Backward(task, tensors, head, 0, batch.RowCount);
        AddScoreWeights();
        return loss;
    }

    /// <summary>
    /// A step of a loss that looks at all rows of the step at once: every micro-batch forward, one evaluation, every micro-batch forward again and
    /// backward. The second forward has the bits of the first, so the gradient is that of the whole step's loss, however the step is cut.
    /// </summary>
    /// <returns>The step's loss; gradients <c>+=</c>.</returns>
    public double TrainCoupled(TrainingTask task, IReadOnlyList<int[]> microBatches, StepCounts step, MetricAccumulator metrics)
    {
        _rows.Reset();
        var batches = new TokenBatch[microBatches.Count];
        for (int i = 0; i < batches.Length; i++)
        {
            batches[i] = task.Data.Build(microBatches[i]);
            Forward(task, batches[i], microBatches[i], ActivationMode.None);
        }

        double loss = task.Loss.Evaluate(_rows.Inputs(), step, _rows.Gradients(), metrics);
        int next = 0;
        for (int i = 0; i < batches.Length; i++)
        {
            _arena.Reset();
            var tensors = BatchTensors.Upload(batches[i], _arena);
            HeadActivations head = Run(task, microBatches[i], tensors, _mode, next);
            Backward(task, tensors, head, next, batches[i].RowCount);
            next += batches[i].RowCount;
        }

        AddScoreWeights();
        return loss;
    }

    /// <summary>Forward and loss only.</summary>
    public double Evaluate(TrainingTask task, TokenBatch batch, ReadOnlySpan<int> examples, StepCounts step, MetricAccumulator metrics)
    {
        Begin();
        Add(task, batch, examples);
        return Finish(task, step, metrics);
    }

    /// <summary>Rows of the micro-batch run last, one example at a time.</summary>
    internal LossBuffer Rows => _rows;

    /// <summary>[R, labels] scores of the micro-batch run last, for losses that read them.</summary>
    public ReadOnlySpan<double> Scores => _rows.LastScores;

    /// <summary>Forgets all rows: the start of an evaluation over several micro-batches.</summary>
    internal void Begin() => _rows.Reset();

    /// <summary>Runs a micro-batch forward and keeps its rows.</summary>
    internal void Add(TrainingTask task, TokenBatch batch, ReadOnlySpan<int> examples) => Forward(task, batch, examples, ActivationMode.None);

    /// <summary>The loss of all rows kept.</summary>
    internal double Finish(TrainingTask task, StepCounts step, MetricAccumulator metrics) =>
        task.Loss.Evaluate(_rows.Inputs(), step, _rows.Gradients(), metrics);

    public void Dispose() => _arena.Dispose();

    private (BatchTensors Tensors, HeadActivations Head) Forward(TrainingTask task, TokenBatch batch, ReadOnlySpan<int> examples, ActivationMode mode)
    {
        _arena.Reset();
        task.Values?.Value(task.Data, examples);
        var tensors = BatchTensors.Upload(batch, _arena);
        Span<double> reference = _rows.Extend(batch, task, _heads.Labels, _model.Spec.Hidden);
        task.Reference?.Compute(tensors, examples, _arena, reference);
        HeadActivations head = Run(task, examples, tensors, mode, _rows.LastStart);
        _rows.Fill(_model.Backend, head, _heads.ScoreWeights, batch, task.Data, examples);
        return (tensors, head);
    }

    /// <summary>The model and its heads, and the teacher beside them, whose numbers go to the rows from <paramref name="firstRow"/> on.</summary>
    private HeadActivations Run(TrainingTask task, ReadOnlySpan<int> examples, in BatchTensors tensors, ActivationMode mode, int firstRow)
    {
        if (task.Embeddings is { } embedded)
        {
            return _heads.ForwardScores(embedded.Upload(examples, tensors.Sources.Rows, _arena), _arena);
        }

        VocabularyRows taught = task.Teacher?.Read(task.Data, examples, tensors, _arena) ?? default;
        Tensor hidden = _model.Forward(tensors, mode, _activations, _arena);
        HeadActivations head = _heads.Forward(hidden, tensors, task.Loss.Heads, task.Data.Statistics, _arena, task.Teacher?.MainTemperature ?? 1);
        task.Teacher?.Compare(_model, head, taught, tensors.Targets, _arena, _rows.OfTeacher(firstRow, tensors.Targets.Rows));
        return head;
    }

    private void Backward(TrainingTask task, in BatchTensors tensors, in HeadActivations head, int firstRow, int rows)
    {
        HeadDerivatives derivatives = _rows.Upload(firstRow, rows, _arena);
        if (task.Embeddings is not null)
        {
            _heads.BackwardScores(head, derivatives.Scores, Gradients, _arena);
            return;
        }

        if (task.Teacher is { } teacher)
        {
            Tensor compared = teacher.Backward(_rows.DDivergence(firstRow, rows), _rows.DTemperedLogProb(firstRow, rows), Gradients, _arena);
            derivatives = derivatives with { Embeddings = compared, LogProb = teacher.HasLogProbGradient ? derivatives.LogProb : Tensor.None };
        }

        Tensor dHidden = _arena.Take(new Shape(tensors.Sources.Rows, _model.Spec.Hidden));
        _heads.Backward(head, tensors, derivatives, dHidden, Gradients, _arena, task.Teacher?.MainTemperature ?? 1);
        _model.Backward(tensors, _activations, dHidden, Gradients, _arena);
    }

    /// <summary>What the loss says of the score head's weights themselves, once per evaluation of it.</summary>
    private void AddScoreWeights()
    {
        _arena.Reset();
        Tensor derivative = _rows.UploadScoreWeights(_arena);
        if (!derivative.IsNone)
        {
            _heads.AddScoreWeights(derivative, Gradients);
        }
    }

    private DecoderGradients Gradients => _gradients ?? throw new InvalidOperationException("this pass was opened without gradients");
}
