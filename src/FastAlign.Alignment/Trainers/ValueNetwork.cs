using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>
/// A network of its own that values prompts and learns beside the policy: DRO-V (Richemond et al., 2024). Its V is the mean of a scalar head over the tokens
/// of the prompt, a function of the prompt alone. In a step the policy sees the values of the weights before it; then the network takes a step on the
/// squared residuals that the policy left.
/// </summary>
/// <param name="spec">Its architecture.</param>
/// <param name="parameters">Its weights with a head of one score, trained in place; not owned.</param>
/// <param name="maxLength">Longest prompt.</param>
/// <param name="options">Tau, and how fast it learns.</param>
public sealed class ValueNetwork(DecoderSpec spec, ParameterSet parameters, int maxLength, ValueOptions options) : IDisposable
{
    private readonly PromptValueLoss _loss = new(options.Tau);
    private readonly Dictionary<ITrainingData, TrainingTask> _tasks = [];
    private DecoderModel? _model;
    private ParameterSet? _gradients;
    private AdamW? _optimizer;
    private TrainingPass? _pass;
    private double _maxGradNorm;

    /// <summary>Its weights.</summary>
    public ParameterSet Parameters => parameters;

    /// <summary>Holds the moments once training has begun.</summary>
    public AdamW Optimizer => _optimizer ?? throw new InvalidOperationException("the value network was not opened");

    /// <summary>Values the prompts of these examples for the losses that read <see cref="Column.Value"/>.</summary>
    internal void Value(ITrainingData data, ReadOnlySpan<int> examples)
    {
        TrainingTask task = TaskOf(data);
        TokenBatch batch = task.Data.Build(examples);
        Pass.Begin();
        Pass.Add(task, batch, examples);
        ReadOnlySpan<double> scores = Pass.Scores;
        ReadOnlySpan<int> starts = batch.RowStarts.Span;
        for (int i = 0; i < examples.Length; i++)
        {
            Judged(data).SetValue(examples[i], PromptValueLoss.Mean(scores[starts[i]..starts[i + 1]]));
        }
    }

    /// <summary>Notes the log-ratios that the policy gave to a micro-batch.</summary>
    internal void Observe(ITrainingData data, ReadOnlySpan<int> examples, TokenBatch batch, TrainingPass policy)
    {
        var prompts = (PromptData)TaskOf(data).Data;
        ReadOnlySpan<int> starts = batch.RowStarts.Span;
        for (int i = 0; i < examples.Length; i++)
        {
            double ratio = 0;
            for (int t = starts[i]; t < starts[i + 1]; t++)
            {
                ratio += policy.LogProbs[t] - policy.ReferenceLogProbs[t];
            }

            prompts.SetLogRatio(examples[i], ratio);
        }
    }

    /// <summary>One optimizer step on the residuals of a step of the policy.</summary>
    /// <param name="data">The policy's.</param>
    /// <param name="microBatches">Of the policy's step.</param>
    /// <param name="rate">Learning rate of the policy's step.</param>
    /// <param name="metrics">Receives its loss.</param>
    /// <returns>The norm of its gradient: not finite means that no step was taken.</returns>
    internal double Step(ITrainingData data, IReadOnlyList<int[]> microBatches, double rate, MetricAccumulator metrics)
    {
        TrainingTask task = TaskOf(data);
        parameters.Backend.Ops.Fill(_gradients!.All, 0);
        var counts = new StepCounts(0, 0);
        foreach (int[] batch in microBatches)
        {
            counts += task.Data.Counts(batch);
        }

        foreach (int[] batch in microBatches)
        {
            Pass.Train(task, task.Data.Build(batch), batch, counts, metrics);
        }

        double norm = GradientClip.Norm(_gradients);
        if (double.IsFinite(norm))
        {
            Optimizer.Step(parameters, _gradients, options.RateRatio * rate, GradientClip.Coefficient(norm, _maxGradNorm));
        }

        return norm;
    }

    /// <summary>Tokens that it runs for these examples, all of them scored: for a memory plan.</summary>
    internal int Demand(ITrainingData data, ReadOnlySpan<int> examples) => (int)TaskOf(data).Data.TokenCount(examples);

    /// <summary>Takes gradients, moments and scratch.</summary>
    internal void Open(TrainingOptions training, long arenaBytes)
    {
        _gradients = parameters.ZerosLike();
        _optimizer = new AdamW(parameters, training.AdamW);
        _model = new DecoderModel(spec, parameters, maxLength);
        _pass = new TrainingPass(_model, new DecoderGradients(spec, _gradients), training.Activations, arenaBytes);
        _maxGradNorm = training.MaxGradNorm;
    }

    /// <summary>A network of the same shape that only measures: for a memory plan.</summary>
    internal ValueNetwork Twin(ParameterSet weights) => new(spec, weights, maxLength, options);

    /// <summary>Arena bytes used so far.</summary>
    internal long HighWaterBytes => Pass.HighWaterBytes;

    public void Dispose()
    {
        _pass?.Dispose();
        _model?.Dispose();
        _optimizer?.Dispose();
        _gradients?.Dispose();
    }

    private TrainingPass Pass => _pass ?? throw new InvalidOperationException("the value network was not opened");

    private TrainingTask TaskOf(ITrainingData data)
    {
        if (!_tasks.TryGetValue(data, out TrainingTask? task))
        {
            task = new TrainingTask(new PromptData(Judged(data)), _loss);
            _tasks.Add(data, task);
        }

        return task;
    }

    private static UnpairedData Judged(ITrainingData data) =>
        data as UnpairedData ?? throw new InputException("dro: expected completions that are judged one by one, for a value network to learn from");
}

/// <summary>How a value network learns.</summary>
/// <param name="Tau">Units of reward per nat, as the policy's loss has it.</param>
/// <param name="RateRatio">Factor of the policy's learning rate, at least 0.</param>
public sealed record ValueOptions(double Tau, double RateRatio);
