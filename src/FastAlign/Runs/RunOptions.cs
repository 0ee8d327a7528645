using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.IO.Datasets;

namespace FastAlign;

/// <summary>What every training run needs: a model, data, a place for results.</summary>
public abstract record RunOptions
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

    /// <summary>Threads; 0 takes all processors. Results do not depend on it. <c>threads</c></summary>
    public int Threads { get; init; }

    /// <summary>Newest checkpoints to keep; 0 keeps all. <c>save_total_limit</c></summary>
    public int SaveTotalLimit { get; init; } = 2;

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

/// <summary>Supervised fine-tuning.</summary>
public sealed record SftRunOptions : RunOptions
{
    /// <summary>Score completions only; null: whenever rows have a prompt. <c>completion_only_loss</c></summary>
    public bool? IsCompletionOnly { get; init; }

    /// <summary>How short rows are packed together. <c>packing_strategy</c></summary>
    public PackingStrategy Packing { get; init; }

    /// <summary>Field of language-modelling rows. <c>dataset_text_field</c></summary>
    public string TextField { get; init; } = "text";
}

/// <summary>Direct preference optimisation.</summary>
public sealed record DpoRunOptions : RunOptions
{
    /// <summary>Inverse temperature: how far the policy may move from the reference; above 0. <c>beta</c></summary>
    public double Beta { get; init; } = 0.1;

    /// <summary>Probability that a label is wrong, in [0, 0.5). <c>label_smoothing</c></summary>
    public double LabelSmoothing { get; init; }

    /// <summary>Whose reading of the loss to follow. <c>dialect</c></summary>
    public Dialect Dialect { get; init; }

    /// <summary>Compute the reference's log-probs once, keep them on disk, and train without a second set of weights. <c>precompute_ref_log_probs</c></summary>
    public bool IsReferencePrecomputed { get; init; }

    /// <summary>Folder of the log-prob cache; null keeps it in the run folder. <c>reference_cache</c></summary>
    public string? ReferenceCache { get; init; }

    /// <summary>Reference checkpoint if it is not the model itself. <c>ref_model_name_or_path</c></summary>
    public string? ReferenceModel { get; init; }
}
