using System.CommandLine;
using FastAlign.Alignment;
using FastAlign.Cli.Settings;

namespace FastAlign.Cli.Commands;

/// <summary><c>fastalign dpo</c>: direct preference optimisation.</summary>
internal static class DpoCommand
{
    // Chosen on held-out pairs of the sample: higher rates and more epochs fit the training pairs and lose on the others.
    private static readonly Dictionary<string, string> Demo = new()
    {
        ["learning_rate"] = "1e-4",
        ["beta"] = "0.05",
        ["num_train_epochs"] = "2",
        ["per_device_train_batch_size"] = "8",
        ["max_length"] = "384",
        ["eval_size"] = "200",
        ["eval_steps"] = "40",
    };

    public static Command Create() => TrainingCommand.Create(
        "dpo",
        "Align a model with preference pairs by direct preference optimisation. Without arguments: a small model on a slice of hh-rlhf.",
        [
            .. TrainingSettings.Common("1e-6"),
            new("beta", SettingKind.Number, "Inverse temperature: larger keeps the policy nearer to the reference.", "0.1"),
            new("label_smoothing", SettingKind.Number, "Probability that a label is wrong, in [0, 0.5).", "0"),
            new("dialect", SettingKind.Text, "Whose reading of the loss: trl, or original (uses label_smoothing).", "trl"),
            new("ref_model_name_or_path", SettingKind.Text, "Reference checkpoint, if it is not the model itself.", ShortName: "reference"),
            new("precompute_ref_log_probs", SettingKind.Flag, "Compute reference log-probs once, keep them on disk, and train without a second set of weights.", "false"),
            new("reference_cache", SettingKind.Text, "Folder of the log-prob cache; the run folder if absent."),
        ],
        Open);

    private static TrainingRun Open(SettingValues values, IRunObserver observer)
    {
        string folder = SampleRun.Prepare(values, "dpo-demo", Demo);
        return TrainingRun.Open(
            new DpoRunOptions
            {
                Model = values.Text("model_name_or_path")!,
                Dataset = values.Text("dataset_name")!,
                EvalDataset = values.Text("eval_dataset_name"),
                EvalSize = values.Number("eval_size"),
                MaxSamples = values.Whole("max_samples"),
                OutputFolder = folder,
                IsResumed = values.Flag("resume"),
                MaxLength = TrainingSettings.MaxLength(values),
                Truncation = TrainingSettings.Truncation(values),
                Lint = TrainingSettings.Lint(values),
                Threads = values.Whole("threads"),
                SaveTotalLimit = values.Whole("save_total_limit"),
                Training = TrainingSettings.Training(values),
                Beta = values.Number("beta"),
                LabelSmoothing = values.Number("label_smoothing"),
                Dialect = values.Choice("dialect", ("trl", Dialect.Trl), ("original", Dialect.Original)),
                ReferenceModel = values.Text("ref_model_name_or_path"),
                IsReferencePrecomputed = values.Flag("precompute_ref_log_probs"),
                ReferenceCache = values.Text("reference_cache"),
            },
            observer);
    }
}
