using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>
/// The training loop, the same for every method: micro-batches forward and backward, clip, AdamW, evaluate, checkpoint. A step is a pure function of
/// weights, moments and step number, so a run resumed from a checkpoint continues to the same bits.
/// </summary>
public sealed class Trainer : IDisposable
{
    private readonly TrainingOptions _options;
    private readonly TrainingTask _train;
    private readonly TrainingTask? _eval;
    private readonly ParameterSet _gradientSet;
    private readonly DecoderModel _model;
    private readonly TrainingPass _pass;
    private readonly LearningRateSchedule _schedule;
    private readonly DataOrder _order;
    private readonly MetricAccumulator _metrics = new(MetricAveraging.MicroBatches);

    /// <param name="spec">The model.</param>
    /// <param name="parameters">Its weights, trained in place; not owned.</param>
    /// <param name="maxLength">Longest sequence.</param>
    /// <param name="train">What to train on.</param>
    /// <param name="eval">What to evaluate on, or null.</param>
    /// <param name="options">Checked here.</param>
    /// <exception cref="InputException">An option is out of range, or the backend has too little memory.</exception>
    public Trainer(DecoderSpec spec, ParameterSet parameters, int maxLength, TrainingTask train, TrainingTask? eval, TrainingOptions options)
    {
        options.Check();
        if (options.ReferenceSyncSteps > 0 && train.Reference is not FrozenReference)
        {
            throw new InputException("ref_model_sync_steps: expected a reference with weights of its own, found a table of log-probs or none");
        }

        (_options, _train, _eval) = (options, train, eval);
        Parameters = parameters;
        Plan = PlanOf(options);
        MemoryFit.Check(Plan, parameters.Backend, options, PlanOf);
        _order = new DataOrder(train.Data.Count, options);
        int warmup = LearningRateSchedule.WarmupSteps(options.WarmupSteps, _order.TotalSteps);
        _schedule = new LearningRateSchedule(LearningRateSchedule.Parse(options.Schedule), options.LearningRate, warmup, _order.TotalSteps);
        try
        {
            train.Values?.Open(options, Plan.ValueArenaBytes);
            _gradientSet = parameters.ZerosLike();
            Optimizer = new AdamW(parameters, options.AdamW);
            _model = new DecoderModel(spec, parameters, maxLength);
            _pass = new TrainingPass(_model, new DecoderGradients(spec, _gradientSet), options.Activations, Plan.ArenaBytes);
        }
        catch (RunException failure)
        {
            throw MemoryFit.Explain(Plan, parameters.Backend, failure);
        }

        MemoryPlan PlanOf(TrainingOptions options) => MemoryPlan.Of(spec, parameters.Specs, maxLength, parameters.Backend, train, eval, options);
    }

    /// <summary>What the run takes.</summary>
    public MemoryPlan Plan { get; }

    public ParameterSet Parameters { get; }

    /// <summary>Holds the moments.</summary>
    public AdamW Optimizer { get; }

    /// <summary>Weights of the reference if training moves them: then they are part of a checkpoint.</summary>
    public ParameterSet? MovingReference => _options.ReferenceSyncSteps > 0 ? (_train.Reference as FrozenReference)?.Parameters : null;

    /// <summary>The network that learns beside the policy, if there is one: its weights and moments are part of a checkpoint.</summary>
    public ValueNetwork? ValueNetwork => _train.Values;

    /// <summary>Where the run is. Set before <see cref="Run"/> to resume, together with weights and moments.</summary>
    public TrainerState State { get; set; } = new();

    public int TotalSteps => _order.TotalSteps;

    /// <summary>The policy, for generation between steps.</summary>
    public DecoderModel Model => _model;

    /// <summary>For evaluations of the caller's own between steps.</summary>
    public TrainingPass Pass => _pass;

    /// <summary>Trains from <see cref="State"/> to the end.</summary>
    /// <param name="observer">Told of steps, evaluations and due checkpoints.</param>
    /// <param name="cancellation">Honoured between steps, after a checkpoint.</param>
    /// <exception cref="RunException">A loss or gradient is not finite; weights are those of the last good step.</exception>
    public TrainingEnd Run(ITrainingObserver observer, CancellationToken cancellation = default)
    {
        Optimizer.StepCount = State.Step;
        if (ValueNetwork is { } values)
        {
            values.Optimizer.StepCount = State.Step;
        }

        if (_train.Loss is IStatefulLoss stateful && State.LossState.Count > 0)
        {
            stateful.State = State.LossState;
        }

        while (State.Step < TotalSteps)
        {
            if (IsStoppedEarly)
            {
                observer.OnCheckpoint(this);
                return TrainingEnd.StoppedEarly;
            }

            if (cancellation.IsCancellationRequested)
            {
                observer.OnCheckpoint(this);
                return TrainingEnd.Interrupted;
            }

            observer.OnStep(Step());
            if (_eval is not null && (IsDue(_options.EvalSteps) || State.Step == TotalSteps))
            {
                observer.OnEvaluation(Evaluate());
            }

            if (IsDue(_options.SaveSteps) && State.Step < TotalSteps)
            {
                observer.OnCheckpoint(this);
            }
        }

        observer.OnCheckpoint(this);
        return TrainingEnd.Completed;
    }

    /// <summary>One optimizer step.</summary>
    public TrainingReport Step()
    {
        IReadOnlyList<int[]> microBatches = _order.Step(State.Step);
        _train.Data.Begin(microBatches);
        var counts = new StepCounts(0, 0);
        foreach (int[] batch in microBatches)
        {
            counts += _train.Data.Counts(batch);
        }

        _metrics.Reset();
        Backend backend = Parameters.Backend;
        backend.Ops.Fill(_gradientSet.All, 0);
        double loss = Accumulate(microBatches, counts);
        long tokens = State.Tokens + microBatches.Sum(batch => _train.Data.TokenCount(batch));

        double norm = GradientClip.Norm(_gradientSet);
        if (!double.IsFinite(norm))
        {
            throw NotFinite("grad_norm", norm, [.. microBatches.SelectMany(b => b)]);
        }

        double rate = _schedule.Rate(State.Step);
        Optimizer.Step(Parameters, _gradientSet, rate, GradientClip.Coefficient(norm, _options.MaxGradNorm));
        if (_train.Values is { } values && !double.IsFinite(values.Step(_train.Data, microBatches, rate, _metrics)))
        {
            throw NotFinite("value network's grad_norm", double.NaN, [.. microBatches.SelectMany(b => b)]);
        }

        State = State with { Step = State.Step + 1, Tokens = tokens, LossState = (_train.Loss as IStatefulLoss)?.State ?? [] };
        if (IsDue(_options.ReferenceSyncSteps))
        {
            ((FrozenReference)_train.Reference!).MoveTowards(Parameters, _options.ReferenceMixupAlpha);
        }

        return Report(
            [
                new NamedValue(Metric.Loss.Name, loss), new NamedValue(Metric.GradNorm.Name, norm), new NamedValue(Metric.LearningRate.Name, rate),
                new NamedValue(Metric.NumTokens.Name, tokens), .. Values(_metrics, string.Empty),
            ]);
    }

    /// <summary>Loss and metrics over the evaluation set; updates what early stopping looks at.</summary>
    public TrainingReport Evaluate()
    {
        TrainingTask eval = _eval ?? throw new InvalidOperationException("the trainer was opened without an evaluation set");
        var metrics = new MetricAccumulator(MetricAveraging.Items);
        double loss = Evaluator.Evaluate(_pass, eval, _options.BatchSize, metrics);
        bool isBetter = State.BestEvalLoss is not { } best || loss < best;
        State = State with
        {
            BestEvalLoss = isBetter ? loss : State.BestEvalLoss,
            EvaluationsWithoutImprovement = isBetter ? 0 : State.EvaluationsWithoutImprovement + 1,
        };
        return Report([new NamedValue("eval_loss", loss), .. Values(metrics, "eval_")]);
    }

    public void Dispose()
    {
        _pass.Dispose();
        _model.Dispose();
        Optimizer.Dispose();
        _gradientSet.Dispose();
    }

    /// <summary>Loss and gradients of a step.</summary>
    private double Accumulate(IReadOnlyList<int[]> microBatches, StepCounts counts)
    {
        bool isMean = _options.Accumulation == AccumulationMode.MicroBatchMean;
        if (_train.Loss.IsCoupled && !isMean && microBatches.Count > 1)
        {
            return Finite(_pass.TrainCoupled(_train, microBatches, counts, _metrics), microBatches.SelectMany(batch => batch));
        }

        double loss = 0;
        foreach (int[] batch in microBatches)
        {
            StepCounts denominators = isMean ? _train.Data.Counts(batch) : counts;
            double weight = isMean ? 1.0 / microBatches.Count : 1;
            TokenBatch built = _train.Data.Build(batch);
            loss += Finite(_pass.Train(_train, built, batch, denominators, _metrics, weight), batch);
            _train.Values?.Observe(_train.Data, batch, built, _pass);
        }

        return loss;
    }

    private double Finite(double loss, IEnumerable<int> examples) => double.IsFinite(loss) ? loss : throw NotFinite("loss", loss, examples);

    private bool IsStoppedEarly => _options.EarlyStoppingPatience > 0 && State.EvaluationsWithoutImprovement >= _options.EarlyStoppingPatience;

    private bool IsDue(int every) => every > 0 && State.Step % every == 0;

    private TrainingReport Report(IReadOnlyList<NamedValue> values) => new(State.Step, TotalSteps, _order.EpochAt(State.Step), values);

    private static IEnumerable<NamedValue> Values(MetricAccumulator metrics, string prefix)
    {
        for (int i = 0; i < metrics.Count; i++)
        {
            yield return new NamedValue(prefix + metrics[i].Metric.Name, metrics[i].Value);
        }
    }

    private RunException NotFinite(string what, double value, IEnumerable<int> examples) => new(
        $"step {State.Step + 1}: {what} is {value}; rows {string.Join(", ", examples.Select(_train.Data.RowOf))}. "
        + "The weights are those before this step. A lower learning_rate, or the linter on these rows, may help.");
}
