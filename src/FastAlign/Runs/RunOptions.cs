using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.IO.Checkpoints;
using FastAlign.IO.Datasets;

namespace FastAlign;

/// <summary>What every training run needs, whatever its <see cref="TrainingMethod"/>: a model, data, a place for results.</summary>
public sealed record RunOptions
{
    /// <summary>Hugging Face folder to start from. <c>model_name_or_path</c></summary>
    public required string Model { get; init; }

    /// <summary>JSON or JSONL file of training rows. <c>dataset_name</c></summary>
    public required string Dataset { get; init; }

    /// <summary>JSON or JSONL file of evaluation rows; if absent, <see cref="EvalSize"/> rows are held out. <c>eval_dataset_name</c></summary>
    public string? EvalDataset { get; init; }

    /// <summary>Rows held out for evaluation when no file is given: a count, or a fraction below 1. 0 evaluates nothing. <c>eval_size</c></summary>
    public double EvalSize { get; init; } = 0.1;

    /// <summary>Use at most so many rows of each file; 0 means all. <c>max_samples</c></summary>
    public int MaxSamples { get; init; }

    /// <summary>Run folder. <c>output_dir</c></summary>
    public required string OutputFolder { get; init; }

    /// <summary>Continue the run in <see cref="OutputFolder"/> from its newest checkpoint. <c>resume</c></summary>
    public bool IsResumed { get; init; }

    /// <summary>Longest sequence, prompt and completion together; null leaves sequences whole. <c>max_length</c></summary>
    public int? MaxLength { get; init; } = 1024;

    /// <summary>Which end is kept of a sequence that is too long. <c>truncation_mode</c></summary>
    public TruncationMode Truncation { get; init; }

    /// <summary>What to do about the linter's findings. <c>lint</c></summary>
    public LintPolicy Lint { get; init; } = LintPolicy.Error;

    /// <summary>Opens the backend that computes the run, which owns it; null takes the host with <see cref="Threads"/>. <c>device</c></summary>
    public Func<Backend>? Device { get; init; }

    /// <summary>Threads; 0 takes all processors. Results do not depend on it. <c>threads</c></summary>
    public int Threads { get; init; }

    /// <summary>Newest checkpoints to keep; 0 keeps all. <c>save_total_limit</c></summary>
    public int SaveTotalLimit { get; init; } = 2;

    /// <summary>Where reference log-probs come from, for methods that have a reference.</summary>
    public ReferenceOptions Reference { get; init; } = new();

    public required TrainingOptions Training { get; init; }

    /// <exception cref="InputException">An option is out of range; the message names it.</exception>
    internal void Check()
    {
        Training.Check();
        RequireNoLessThanZero(MaxSamples, "max_samples");
        RequireNoLessThanZero(SaveTotalLimit, "save_total_limit");
        RequireNoLessThanZero(Threads, "threads");
    }

    private static void RequireNoLessThanZero(int value, string option)
    {
        if (value < 0)
        {
            throw new InputException($"{option}: expected at least 0, found {value}");
        }
    }
}

/// <summary>What the linter may stop.</summary>
public enum LintPolicy
{
    /// <summary>Rows with errors end the run before it starts.</summary>
    Error,

    /// <summary>Findings are shown; training goes on.</summary>
    Warn,

    /// <summary>Findings are not shown.</summary>
    Off,
}

/// <summary>The frozen policy that a method compares with.</summary>
public sealed record ReferenceOptions
{
    /// <summary>Reference checkpoint if it is not the model itself. <c>ref_model_name_or_path</c></summary>
    public string? Model { get; init; }

    /// <summary>Compute its log-probs once, keep them on disk, and train without a second set of weights. <c>precompute_ref_log_probs</c></summary>
    public bool IsPrecomputed { get; init; }

    /// <summary>How its matrices are kept. A reference that moves is F32. <c>ref_dtype</c></summary>
    public WeightStorage Storage { get; init; } = WeightStorage.AsInFile;

    /// <summary>Folder of the log-prob cache; null keeps it in the run folder. <c>reference_cache</c></summary>
    public string? Cache { get; init; }
}
