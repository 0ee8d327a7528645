using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>How long, how fast and in what portions to train. Names and meanings are those of TRL and transformers' TrainingArguments where they exist there.</summary>
public sealed record TrainingOptions
{
    /// <summary>Examples (pairs, for preference losses) per micro-batch: what is in memory at once. <c>per_device_train_batch_size</c></summary>
    public int BatchSize { get; init; } = 4;

    /// <summary>Micro-batches per optimizer step; the result equals one batch of all their examples. <c>gradient_accumulation_steps</c></summary>
    public int AccumulationSteps { get; init; } = 1;

    /// <summary>What the loss of several micro-batches is. <c>accumulation</c></summary>
    public AccumulationMode Accumulation { get; init; }

    /// <summary>Passes over the data, unless <see cref="MaxSteps"/> is given. <c>num_train_epochs</c></summary>
    public double Epochs { get; init; } = 1;

    /// <summary>Optimizer steps; 0 leaves it to <see cref="Epochs"/>. <c>max_steps</c></summary>
    public int MaxSteps { get; init; }

    /// <summary>Whether each epoch visits the rows in a new random order. <c>shuffle</c></summary>
    public bool IsShuffled { get; init; } = true;

    /// <summary>Seed of all random streams. <c>seed</c></summary>
    public ulong Seed { get; init; } = 42;

    /// <summary>Base rate of the schedule. <c>learning_rate</c></summary>
    public double LearningRate { get; init; } = 1e-6;

    /// <summary>Schedule name, as in transformers. <c>lr_scheduler_type</c></summary>
    public string Schedule { get; init; } = "linear";

    /// <summary>Warm-up steps; below 1, the fraction of all steps, rounded up. <c>warmup_steps</c></summary>
    public double WarmupSteps { get; init; }

    /// <summary>Largest global gradient norm; 0 or less turns clipping off. <c>max_grad_norm</c></summary>
    public double MaxGradNorm { get; init; } = 1;

    public AdamWOptions AdamW { get; init; } = new();

    /// <summary>What forward keeps for backward: <see cref="ActivationMode.Recompute"/> is transformers' <c>gradient_checkpointing</c>.</summary>
    public ActivationMode Activations { get; init; } = ActivationMode.Save;

    /// <summary>Evaluate every so many steps, and at the end; 0 means at the end only. <c>eval_steps</c></summary>
    public int EvalSteps { get; init; }

    /// <summary>Checkpoint every so many steps; 0 means at the end and on interruption only. <c>save_steps</c></summary>
    public int SaveSteps { get; init; }

    /// <summary>Stop after so many evaluations without a lower <c>eval_loss</c>; 0 turns it off. <c>early_stopping_patience</c></summary>
    public int EarlyStoppingPatience { get; init; }

    /// <summary>
    /// TR-DPO (Gorbatovski et al., 2024): after every so many steps the frozen reference becomes <c>(1 - alpha) reference + alpha policy</c>; 0 leaves it
    /// as it is. <c>ref_model_sync_steps</c>
    /// </summary>
    public int ReferenceSyncSteps { get; init; }

    /// <summary>alpha of <see cref="ReferenceSyncSteps"/>, in (0, 1]. <c>ref_model_mixup_alpha</c></summary>
    public double ReferenceMixupAlpha { get; init; } = 0.6;

    /// <exception cref="InputException">An option is out of range; the message names it.</exception>
    public void Check()
    {
        Require(BatchSize >= 1, "per_device_train_batch_size", "at least 1", BatchSize);
        Require(AccumulationSteps >= 1, "gradient_accumulation_steps", "at least 1", AccumulationSteps);
        Require(MaxSteps >= 0, "max_steps", "at least 0", MaxSteps);
        Require(MaxSteps > 0 || (Epochs > 0 && double.IsFinite(Epochs)), "num_train_epochs", "a number above 0", Epochs);
        Require(LearningRate >= 0 && double.IsFinite(LearningRate), "learning_rate", "a number of at least 0", LearningRate);
        Require(WarmupSteps >= 0 && double.IsFinite(WarmupSteps), "warmup_steps", "a number of at least 0", WarmupSteps);
        Require(EvalSteps >= 0, "eval_steps", "at least 0", EvalSteps);
        Require(SaveSteps >= 0, "save_steps", "at least 0", SaveSteps);
        Require(EarlyStoppingPatience >= 0, "early_stopping_patience", "at least 0", EarlyStoppingPatience);
        Require(!double.IsNaN(MaxGradNorm), "max_grad_norm", "a number", MaxGradNorm);
        Require(ReferenceSyncSteps >= 0, "ref_model_sync_steps", "at least 0", ReferenceSyncSteps);
        Require(ReferenceMixupAlpha is > 0 and <= 1, "ref_model_mixup_alpha", "a number in (0, 1]", ReferenceMixupAlpha);
        LearningRateSchedule.Parse(Schedule);
        AdamW.Validate();
    }

    private static void Require(bool isFine, string option, string expected, double found)
    {
        if (!isFine)
        {
            throw new InputException($"{option}: expected {expected}, found {found}");
        }
    }
}

/// <summary>What the loss of a step is when it has several micro-batches.</summary>
public enum AccumulationMode
{
    /// <summary>The loss over all examples of the step, as if they were one batch: independent of how the step is cut.</summary>
    Step,

    /// <summary>
    /// The mean of the losses of the micro-batches, each by itself: what TRL computes for preference losses. Differs from <see cref="Step"/> where
    /// micro-batches have other numbers of examples or tokens, or where the loss couples its examples.
    /// </summary>
    MicroBatchMean,
}
