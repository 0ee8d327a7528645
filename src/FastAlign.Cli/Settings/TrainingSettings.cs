using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.IO.Checkpoints;
using FastAlign.IO.Datasets;
using FastAlign.Models;

namespace FastAlign.Cli.Settings;

/// <summary>Settings that every training command has, and how they become options.</summary>
internal static class TrainingSettings
{
    /// <param name="learningRate">Default rate of the method.</param>
    public static IReadOnlyList<Setting> Common(string learningRate) =>
    [
        new("model_name_or_path", SettingKind.Text, "Hugging Face folder to start from. Without model and data the embedded sample is used.", ShortName: "model"),
        new("dataset_name", SettingKind.Text, "JSON or JSONL file of rows.", ShortName: "dataset"),
        new("eval_dataset_name", SettingKind.Text, "JSON or JSONL file of evaluation rows; without it rows are held out."),
        new("eval_size", SettingKind.Number, "Rows to hold out: a count, or a fraction below 1; 0 evaluates nothing.", "0.1"),
        new("max_samples", SettingKind.Whole, "Use at most so many rows of each file; 0 means all.", "0"),
        new("output_dir", SettingKind.Text, "Run folder.", ShortName: "output"),
        new("max_length", SettingKind.Whole, "Tokens of the longest sequence, prompt and completion together; none leaves them whole.", "1024"),
        new("truncation_mode", SettingKind.Text, "Which end a too long sequence keeps: keep_start or keep_end.", "keep_start"),
        new("lint", SettingKind.Text, "What the data linter does with errors it finds: error (stop), warn, off.", "error"),
        new("per_device_train_batch_size", SettingKind.Whole, "Examples per micro-batch.", "4"),
        new("gradient_accumulation_steps", SettingKind.Whole, "Micro-batches per optimizer step.", "1"),
        new("accumulation", SettingKind.Text, "Loss of several micro-batches: step (as one batch), or micro_batch_mean (each by itself, as TRL's preference trainers).", "step"),
        new("num_train_epochs", SettingKind.Number, "Passes over the data.", "1"),
        new("max_steps", SettingKind.Whole, "Optimizer steps; 0 leaves it to the epochs.", "0"),
        new("shuffle", SettingKind.Flag, "Visit rows in a new random order each epoch.", "true"),
        new("learning_rate", SettingKind.Number, "Base rate of the schedule.", learningRate),
        new("lr_scheduler_type", SettingKind.Text, "Schedule: constant, constant_with_warmup, linear, cosine, and transformers' others.", "cosine"),
        new("warmup_steps", SettingKind.Number, "Warm-up steps; below 1, a fraction of all steps.", "0.1"),
        new("max_grad_norm", SettingKind.Number, "Largest global gradient norm; 0 turns clipping off.", "1"),
        new("weight_decay", SettingKind.Number, "Decoupled weight decay; not applied to norms and biases.", "0"),
        new("adam_beta1", SettingKind.Number, "Decay of the first moment.", "0.9"),
        new("adam_beta2", SettingKind.Number, "Decay of the second moment.", "0.999"),
        new("adam_epsilon", SettingKind.Number, "Added to the root of the second moment.", "1e-8"),
        new("gradient_checkpointing", SettingKind.Flag, "Recompute activations in backward: less memory, same bits.", "false"),
        new("logging_steps", SettingKind.Whole, "A line every so many steps when no terminal is attached; 0 chooses about twenty.", "0"),
        new("eval_steps", SettingKind.Whole, "Evaluate every so many steps; 0 at the end only.", "0"),
        new("save_steps", SettingKind.Whole, "Checkpoint every so many steps; 0 at the end and on Ctrl-C only.", "0"),
        new("save_total_limit", SettingKind.Whole, "Newest checkpoints to keep; 0 keeps all.", "2"),
        new("early_stopping_patience", SettingKind.Whole, "Stop after so many evaluations without a lower eval_loss; 0 never.", "0"),
        new("seed", SettingKind.Whole, "Seed of all random streams.", "42"),
        new("device", SettingKind.Text, Devices.Description, Devices.Host),
        new("threads", SettingKind.Whole, "Host threads; 0 takes all processors. Results do not depend on it.", "0"),
        new("resume", SettingKind.Flag, "Continue the run in output_dir from its newest checkpoint.", "false"),
        new("plan", SettingKind.Flag, "Print what the run would take and stop.", "false"),
        new("json", SettingKind.Flag, "Print the result as JSON on standard output, all else on standard error.", "false"),
    ];

    /// <summary>Settings of methods that have a reference.</summary>
    public static IReadOnlyList<Setting> Reference { get; } =
    [
        new("ref_model_name_or_path", SettingKind.Text, "Reference checkpoint, if it is not the model itself.", ShortName: "reference"),
        new("precompute_ref_log_probs", SettingKind.Flag, "Compute reference log-probs once, keep them on disk, and train without a second set of weights.", "false"),
        new("ref_dtype", SettingKind.Text, "How the reference's matrices are kept: auto (bfloat16 if its file has that: the same values), float32 or bfloat16.", "auto"),
        new("reference_cache", SettingKind.Text, "Folder of the log-prob cache; the run folder if absent."),
        new("ref_model_sync_steps", SettingKind.Whole, "Move the reference towards the policy every so many steps (TR-DPO); 0 never.", "0"),
        new("ref_model_mixup_alpha", SettingKind.Number, "Share of the policy in the moved reference, in (0, 1].", "0.6"),
    ];

    /// <summary>Whose reading of a loss to follow, where a method has a choice.</summary>
    public static Setting Dialect { get; } = new("dialect", SettingKind.Text, "Whose reading of the loss: trl, original, verl, openrlhf or llama-factory.", "trl");

    /// <summary>The common options of a run.</summary>
    /// <param name="values">Settings read.</param>
    /// <param name="folder">Run folder.</param>
    public static RunOptions Run(SettingValues values, string folder) => new()
    {
        Model = values.Text("model_name_or_path")!,
        Dataset = values.Text("dataset_name")!,
        EvalDataset = values.Text("eval_dataset_name"),
        EvalSize = values.Number("eval_size"),
        MaxSamples = values.Whole("max_samples"),
        OutputFolder = folder,
        IsResumed = values.Flag("resume"),
        MaxLength = MaxLength(values),
        Truncation = Truncation(values),
        Lint = Lint(values),
        Device = () => Devices.Open(values.Text("device")!, values.Whole("threads")),
        Threads = values.Whole("threads"),
        SaveTotalLimit = values.Whole("save_total_limit"),
        Reference = values.Has("ref_model_name_or_path") ? ReferenceOf(values) : new(),
        Training = Training(values),
    };

    public static Dialect DialectOf(SettingValues values) => values.Choice(
        "dialect",
        ("trl", Alignment.Dialect.Trl),
        ("original", Alignment.Dialect.Original),
        ("verl", Alignment.Dialect.Verl),
        ("openrlhf", Alignment.Dialect.OpenRlhf),
        ("llama-factory", Alignment.Dialect.LlamaFactory));

    /// <summary>Spellings of how matrices are kept: those of torch.</summary>
    public static (string Name, WeightStorage Storage)[] Storages { get; } =
        [("auto", WeightStorage.AsInFile), ("float32", WeightStorage.Single), ("bfloat16", WeightStorage.BrainFloat)];

    private static ReferenceOptions ReferenceOf(SettingValues values) => new()
    {
        Model = values.Text("ref_model_name_or_path"),
        IsPrecomputed = values.Flag("precompute_ref_log_probs"),
        Storage = values.Choice("ref_dtype", Storages),
        Cache = values.Text("reference_cache"),
    };

    private static TrainingOptions Training(SettingValues values) => new()
    {
        BatchSize = values.Whole("per_device_train_batch_size"),
        AccumulationSteps = values.Whole("gradient_accumulation_steps"),
        Accumulation = values.Choice("accumulation", ("step", AccumulationMode.Step), ("micro_batch_mean", AccumulationMode.MicroBatchMean)),
        ReferenceSyncSteps = values.Has("ref_model_sync_steps") ? values.Whole("ref_model_sync_steps") : 0,
        ReferenceMixupAlpha = values.Has("ref_model_mixup_alpha") ? values.Number("ref_model_mixup_alpha") : 0.6,
        Epochs = values.Number("num_train_epochs"),
        MaxSteps = values.Whole("max_steps"),
        IsShuffled = values.Flag("shuffle"),
        Seed = values.Whole("seed") is >= 0 and int seed ? (ulong)seed : throw new InputException($"--seed: expected a whole number of at least 0, found {values.Whole("seed")}"),
        LearningRate = values.Number("learning_rate"),
        Schedule = values.Text("lr_scheduler_type")!,
        WarmupSteps = values.Number("warmup_steps"),
        MaxGradNorm = values.Number("max_grad_norm"),
        AdamW = new AdamWOptions
        {
            Beta1 = values.Number("adam_beta1"),
            Beta2 = values.Number("adam_beta2"),
            Epsilon = values.Number("adam_epsilon"),
            WeightDecay = values.Number("weight_decay"),
        },
        Activations = values.Flag("gradient_checkpointing") ? ActivationMode.Recompute : ActivationMode.Save,
        EvalSteps = values.Whole("eval_steps"),
        SaveSteps = values.Whole("save_steps"),
        EarlyStoppingPatience = values.Whole("early_stopping_patience"),
    };

    private static TruncationMode Truncation(SettingValues values) =>
        values.Choice("truncation_mode", ("keep_start", TruncationMode.KeepStart), ("keep_end", TruncationMode.KeepEnd));

    private static LintPolicy Lint(SettingValues values) =>
        values.Choice("lint", ("error", LintPolicy.Error), ("warn", LintPolicy.Warn), ("off", LintPolicy.Off));

    private static int? MaxLength(SettingValues values) => values.OptionalWhole("max_length") is { } length
        ? length > 0 ? length : throw new InputException($"--max_length: expected a whole number above 0 or none, found {length}")
        : null;
}
