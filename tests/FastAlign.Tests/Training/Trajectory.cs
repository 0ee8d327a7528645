using System.Text.Json;
using FastAlign.Alignment;
using FastAlign.IO.Safetensors;
using FastAlign.Models;

namespace FastAlign.Tests;

/// <summary>One recorded training run of <c>goldens/training/traj</c>: its settings, its stored batches as examples, its expected steps.</summary>
internal sealed class Trajectory
{
    private readonly JsonElement _run;

    public Trajectory(string name)
    {
        Name = name;
        _run = GoldenJson.Load("training", "traj", $"{name}.json");
        Arguments = _run.GetProperty("training_arguments");
        Method = _run.GetProperty("method_arguments");
        Steps = [.. _run.GetProperty("steps").EnumerateArray()];
    }

    public string Name { get; }

    public JsonElement Arguments { get; }

    public JsonElement Method { get; }

    public JsonElement[] Steps { get; }

    public string Trainer => _run.GetProperty("trainer").GetString()!;

    public bool IsPaired => PairedRuns.Has(Trainer);

    public bool IsJudged => Trainer == "trl.KTOTrainer";

    /// <summary>Allowed relative differences of loss and gradient norm: the larger of 1e-4 and three times what the float32 library run differs by (README).</summary>
    public double LossLimit => Math.Max(1e-4, 3 * _run.GetProperty("float32_run").GetProperty("max_rel_loss_diff").GetDouble());

    public double NormLimit => Math.Max(1e-4, 3 * _run.GetProperty("float32_run").GetProperty("max_rel_grad_norm_diff").GetDouble());

    /// <summary>Allowed absolute difference of final weights. The README's 1e-4 is relative to the weights, whose largest entries are near 1.</summary>
    public double WeightLimit => Math.Max(1e-4, 3 * _run.GetProperty("float32_run").GetProperty("final_max_abs_diff").GetDouble());

    /// <summary>Options of the run; rows in file order. The stored batches of all epochs stand behind one another as one.</summary>
    public TrainingOptions Options(int exampleCount)
    {
        int size = Arguments.GetProperty("per_device_train_batch_size").GetInt32();
        return new TrainingOptions
        {
            BatchSize = size,
            AccumulationSteps = Arguments.GetProperty("gradient_accumulation_steps").GetInt32(),
            MaxSteps = Steps.Length,
            IsShuffled = false,
            LearningRate = Arguments.GetProperty("learning_rate").GetDouble(),
            Schedule = Arguments.GetProperty("lr_scheduler_type").GetString()!,
            WarmupSteps = Arguments.GetProperty("warmup_steps").GetDouble(),
            MaxGradNorm = Arguments.GetProperty("max_grad_norm").GetDouble(),
            AdamW = new AdamWOptions
            {
                Beta1 = Arguments.GetProperty("adam_beta1").GetDouble(),
                Beta2 = Arguments.GetProperty("adam_beta2").GetDouble(),
                Epsilon = Arguments.GetProperty("adam_epsilon").GetDouble(),
                WeightDecay = Arguments.GetProperty("weight_decay").GetDouble(),
            },
        };
    }

    /// <summary>The examples of each micro-batch, in the order of the run.</summary>
    public StoredBatches Batches()
    {
        using SafetensorsFile file = SafetensorsFile.Open(Goldens.Path("training", "traj", _run.GetProperty("batches").GetString()!));
        var stored = new StoredBatches(IsPaired, PairedRuns.Extra(Trainer));
        for (int m = 0; file.Contains($"m{m:D3}.input_ids") || file.Contains($"m{m:D3}.chosen_input_ids"); m++)
        {
            stored.Add(file, $"m{m:D3}.");
        }

        return stored;
    }

    /// <summary>Ids and attention mask of every micro-batch, as padded.</summary>
    public IEnumerable<(int[][] Ids, int[][] Attention)> StoredRows()
    {
        using SafetensorsFile file = SafetensorsFile.Open(Goldens.Path("training", "traj", _run.GetProperty("batches").GetString()!));
        for (int m = 0; file.Contains($"m{m:D3}.input_ids"); m++)
        {
            yield return (StoredBatches.Rows(file, $"m{m:D3}.input_ids"), StoredBatches.Rows(file, $"m{m:D3}.attention_mask"));
        }
    }

    public SafetensorsFile FinalWeights() => SafetensorsFile.Open(Goldens.Path("training", "traj", $"{Name}.final.safetensors"));
}
