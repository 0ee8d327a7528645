using System.Text.Json.Nodes;
using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.Cpu;
using FastAlign.IO.Checkpoints;
using FastAlign.IO.Datasets;
using FastAlign.IO.Files;
using FastAlign.IO.Tokenizers;
using FastAlign.Models;

namespace FastAlign;

/// <summary>
/// A training run from folder to folder: checkpoint, tokenizer and rows in; aligned checkpoint, metrics and a comparison out. Opening it reads and checks
/// everything, so that bad input is known before anything is written; <see cref="Execute"/> trains.
/// </summary>
public sealed class TrainingRun : IDisposable
{
    private const int ShownTokens = 48;

    private readonly Stack<IDisposable> _owned = new();
    private readonly RunOptions _options;
    private readonly TrainingMethod _method;
    private readonly IRunObserver _observer;
    private readonly Backend _backend;
    private readonly LoadedModel _model;
    private readonly Tokenizer _tokenizer;
    private readonly MethodData _train;
    private readonly MethodData? _eval;
    private readonly int _maxLength;
    private readonly RunReference _reference;
    private readonly RunTeacher? _teacher;
    private readonly RunValues? _values;
    private readonly RunTrunk? _trunk;
    private readonly JsonObject _settings;

    private TrainingRun(RunOptions options, TrainingMethod method, IRunObserver observer)
    {
        options.Check();
        (_options, _method, _observer) = (options, method, observer);
        try
        {
            IReadOnlyList<string> warnings = method.CreateLoss().Warnings;
            _backend = Own(options.Device?.Invoke() ?? new CpuBackend(options.Threads));
            _model = Own(method.Load(options, _backend));
            _tokenizer = Tokenizer.Load(options.Model);
            var rows = new RowTokenizer(_tokenizer);
            (DataRow[] train, DataRow[] eval) = ReadRows(options);
            _train = Read(options.Dataset, method.Read(train, rows, options));
            _eval = eval.Length == 0 ? null : Read(options.EvalDataset ?? $"{options.Dataset} (held out)", method.ReadEvaluation(eval, rows, options));
            int shown = (_eval ?? _train).Prompts.Select(p => p.Length + ShownTokens).DefaultIfEmpty().Max();
            int longest = Math.Max(_train.LongestTokens, _eval?.LongestTokens ?? 0);
            _maxLength = _model.Spec.HasLearnedPositions ? Math.Max(longest, Math.Min(shown, _model.Spec.MaxPositions)) : Math.Max(longest, shown);
            VocabularyCheck.Run(_train.Data, _model.Spec.Vocab, options.Dataset, _tokenizer);
            if (_eval is not null)
            {
                VocabularyCheck.Run(_eval.Data, _model.Spec.Vocab, options.EvalDataset ?? options.Dataset, _tokenizer);
            }

            (_train, _eval) = method.Annotate(_train, _eval, _model, _maxLength, options);
            _teacher = method.TeacherFolder is { } teacher
                ? Own(RunTeacher.Open(teacher, _backend, method, _model.Spec, _tokenizer, _maxLength))
                : null;
            _teacher?.Check(_train, options.Dataset);
            _teacher?.Check(_eval, options.EvalDataset ?? options.Dataset);
            _trunk = method.IsTrunkFrozen ? Own(new RunTrunk(_model, _maxLength, method.CreateLoss())) : null;
            _values = method.ValueFolder(options) is { } values
                ? Own(RunValues.Open(values, options.Training.Seed, _backend, _model.Spec, _maxLength, method.Values))
                : null;
            _settings = Settings();
            _reference = Own(new RunReference(options, method, _backend, _model, _maxLength, observer));
            foreach (string warning in warnings.Concat(UnusedColumns()))
            {
                observer.OnMessage(warning);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Opens a run: reads and checks model, data and options.</summary>
    /// <param name="options">Model, data, place for results, length of the run.</param>
    /// <param name="method">What to train by.</param>
    /// <param name="observer">Told of what happens.</param>
    /// <exception cref="InputException">Model, data or options are wrong.</exception>
    public static TrainingRun Open(RunOptions options, TrainingMethod method, IRunObserver observer) => new(options, method, observer);

    /// <summary>What the run would take, without running it.</summary>
    public RunStart Plan()
    {
        MemoryPlan plan = PlanOf(_options.Training);
        return Start(plan, new DataOrder(_train.Data.Count, _options.Training).TotalSteps, new TrainerState());
    }

    /// <summary>Trains, and writes the run folder.</summary>
    /// <param name="cancellation">Ends the run after the present step, with a checkpoint.</param>
    /// <exception cref="InputException">The output folder cannot be used, or holds a run of other settings; or the device has too little memory.</exception>
    /// <exception cref="RunException">Training cannot go on; the last checkpoint is intact.</exception>
    public RunSummary Execute(CancellationToken cancellation = default)
    {
        MemoryFit.Check(PlanOf(_options.Training), _backend, _options.Training, PlanOf);
        RunFolder folder = RunFolder.Open(_options.OutputFolder, _settings, _options.IsResumed);
        var order = new DataOrder(_train.Data.Count, _options.Training);
        TrainingTask train = Embedded(Task(_train, _reference.For(_train, folder, Enumerable.Range(0, order.TotalSteps).Select(order.Step))), _train, folder);
        TrainingTask? eval = _eval is null
            ? null
            : Embedded(EvaluationTask(train, _eval, _reference.For(_eval, folder, [[.. Evaluator.Batches(_eval.Data.Count, _options.Training.BatchSize)]])), _eval, folder);
        _reference.ReleaseTabled();
        // Continuations are decoded before the trainer takes its memory and after it has given it back: the peak of a run is the trainer's plan.
        var result = new RunComparison(_model, _tokenizer, _maxLength, _options.Training.BatchSize, ShownTokens, (_eval ?? _train).Prompts);
        result.ContinueBefore(cancellation);
        (TrainingEnd end, JsonObject figures) = Train(folder, train, eval, result, cancellation);
        if (end == TrainingEnd.Interrupted)
        {
            folder.Finish("interrupted", figures);
            return new RunSummary(end, null, [], []);
        }

        _trunk?.PutBack();
        _method.Save(folder.Model, _model);
        _values?.Save(folder.ValueModel);
        RunSummary summary = result.ContinueAfter(end, folder.Model);
        folder.Finish("completed", RunResults.ToJson(summary, figures));
        return summary;
    }

    public void Dispose()
    {
        while (_owned.TryPop(out IDisposable? resource))
        {
            resource.Dispose();
        }
    }

    private T Own<T>(T resource)
        where T : IDisposable
    {
        _owned.Push(resource);
        return resource;
    }

    private MemoryPlan PlanOf(TrainingOptions options)
    {
        TrainingTask train = Task(_train, _reference.Planned(_train)) with { Embeddings = _trunk?.Planned(_train) };
        TrainingTask? eval = _eval is null ? null : Task(_eval, _reference.Planned(_eval)) with { Embeddings = _trunk?.Planned(_eval) };
        return MemoryPlan.Of(Trained.Spec, Trained.Parameters.Specs, _maxLength, _backend, train, eval, options);
    }

    private (TrainingEnd End, JsonObject Figures) Train(RunFolder folder, TrainingTask train, TrainingTask? eval, RunComparison result, CancellationToken cancellation)
    {
        using var trainer = new Trainer(Trained.Spec, Trained.Parameters, _maxLength, train, eval, _options.Training);
        result.ScoreBefore(trainer.Pass, eval, cancellation);
        var checkpoints = new RunCheckpoints(folder, _options.SaveTotalLimit, _observer);
        if (_options.IsResumed)
        {
            checkpoints.Restore(trainer);
        }

        _observer.OnStart(Start(trainer.Plan, trainer.TotalSteps, trainer.State));
        TrainingEnd end = trainer.Run(checkpoints, cancellation);
        if (end != TrainingEnd.Interrupted)
        {
            result.ScoreAfter(trainer.Pass, eval);
        }

        return (end, RunResults.ToJson(trainer));
    }

    private static (DataRow[] Train, DataRow[] Eval) ReadRows(RunOptions options)
    {
        int most = options.MaxSamples > 0 ? options.MaxSamples : int.MaxValue;
        DataRow[] rows = DataFile.Read(options.Dataset, most);
        return options.EvalDataset is { } file
            ? (rows, DataFile.Read(file, most))
            : HeldOutRows.Split<DataRow>(rows, options.EvalSize, options.Training.Seed);
    }

    /// <summary>Shows what the linter says of a file.</summary>
    private MethodData Read(string name, MethodData data)
    {
        if (_options.Lint != LintPolicy.Off)
        {
            _observer.OnLint(name, data.Data.Count, data.Lint);
        }

        if (_options.Lint == LintPolicy.Error)
        {
            data.Lint.ThrowIfErrors(name);
        }

        return data;
    }

    private TrainingTask Task(MethodData data, IReferenceLogProbs? reference) =>
        new(data.Data, _method.CreateLoss(), reference) { Teacher = _teacher?.Teacher, Values = _values?.Network };

    /// <summary>What the rows say in vain.</summary>
    private IEnumerable<string> UnusedColumns() => _train.Data is PreferenceData or JudgedData
        ? ColumnUse.Unused(_method.CreateLoss(), _train.Data, _model.Score?.Labels ?? 0, Column.Margin, Column.SoftLabel).Select(
            column => $"{column.Name}: the rows of {_options.Dataset} have it, but the loss of {_method.Name} does not read it with these options")
        : [];

    /// <summary>What learns.</summary>
    private LoadedModel Trained => _trunk?.Head ?? _model;

    private TrainingTask Embedded(TrainingTask task, MethodData data, RunFolder folder) =>
        _trunk is null ? task : task with { Embeddings = _trunk.For(data, _method.EmbeddingFolder ?? folder.Path, _observer) };

    /// <summary>A loss with a memory is evaluated with that of training.</summary>
    private TrainingTask EvaluationTask(TrainingTask train, MethodData data, IReferenceLogProbs? reference) =>
        train.Loss is IStatefulLoss stateful ? new TrainingTask(data.Data, stateful.ForEvaluation(), reference) { Values = train.Values } : Task(data, reference);

    private RunStart Start(MemoryPlan plan, int totalSteps, TrainerState state) => new(
        _method.Name, _backend.Name, Trained.Parameters.Count, _train.Data.Count, _eval?.Data.Count ?? 0, totalSteps, state.Step, state.Tokens, plan);

    /// <summary>Everything that decides the result, and nothing else: threads and folders are free to change on resume.</summary>
    private JsonObject Settings()
    {
        TrainingOptions t = _options.Training;
        var settings = new JsonObject
        {
            ["method"] = _method.Name,
            ["model_hash"] = ParameterHash.Of(_model.Parameters).ToString("x32"),
            ["dataset_hash"] = FileHash.Of(_options.Dataset),
            ["eval_dataset_hash"] = _options.EvalDataset is { } file ? FileHash.Of(file) : null,
            ["eval_size"] = _options.EvalSize,
            ["max_samples"] = _options.MaxSamples,
            ["max_length"] = _options.MaxLength,
            ["truncation_mode"] = _options.Truncation.ToString(),
            ["per_device_train_batch_size"] = t.BatchSize,
            ["gradient_accumulation_steps"] = t.AccumulationSteps,
            ["accumulation"] = t.Accumulation.ToString(),
            ["num_train_epochs"] = t.Epochs,
            ["max_steps"] = t.MaxSteps,
            ["shuffle"] = t.IsShuffled,
            ["seed"] = t.Seed,
            ["learning_rate"] = t.LearningRate,
            ["lr_scheduler_type"] = t.Schedule,
            ["warmup_steps"] = t.WarmupSteps,
            ["max_grad_norm"] = t.MaxGradNorm,
            ["adam_beta1"] = t.AdamW.Beta1,
            ["adam_beta2"] = t.AdamW.Beta2,
            ["adam_epsilon"] = t.AdamW.Epsilon,
            ["weight_decay"] = t.AdamW.WeightDecay,
            ["eval_steps"] = t.EvalSteps,
            ["early_stopping_patience"] = t.EarlyStoppingPatience,
            ["numerics"] = _backend.NumericsId,
        };
        if (_method.NeedsReference)
        {
            settings["precompute_ref_log_probs"] = _options.Reference.IsPrecomputed;
            settings["ref_model_name_or_path"] = _options.Reference.Model;
            settings["ref_dtype"] = _options.Reference.Storage.ToString();
            settings["ref_model_sync_steps"] = t.ReferenceSyncSteps;
            settings["ref_model_mixup_alpha"] = t.ReferenceMixupAlpha;
        }

        if (_teacher is not null)
        {
            settings["teacher_hash"] = _teacher.Hash;
        }

        if (_values is not null)
        {
            settings["value_hash"] = _values.Hash;
        }

        _method.Describe(settings);
        return settings;
    }
}
