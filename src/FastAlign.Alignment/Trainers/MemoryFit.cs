using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>Refuses a run that its backend cannot hold before it starts, and names the change that would make it fit.</summary>
public static class MemoryFit
{
    /// <param name="plan">Of <paramref name="options"/>.</param>
    /// <param name="backend">Where the run would go.</param>
    /// <param name="options">As the user has them.</param>
    /// <param name="planOf">Plans the same run under other options.</param>
    /// <exception cref="InputException">The plan is larger than the backend.</exception>
    public static void Check(MemoryPlan plan, Backend backend, TrainingOptions options, Func<TrainingOptions, MemoryPlan> planOf)
    {
        if (plan.TotalBytes > backend.CapacityBytes)
        {
            throw new InputException($"memory: {Describe(plan)}; {backend.Name} has {Size(backend.CapacityBytes)}. {Advice(plan, backend, options, planOf)}");
        }
    }

    /// <summary>What an allocation that failed in spite of the check was part of.</summary>
    internal static RunException Explain(MemoryPlan plan, Backend backend, RunException failure) =>
        new($"{failure.Message}. {Describe(plan)}, of which {Size(backend.LiveBytes)} are taken; other programs may hold memory of the device", failure);

    private static string Describe(MemoryPlan plan) =>
        $"the run takes {Size(plan.TotalBytes)} (weights {Size(plan.WeightBytes)}, reference {Size(plan.ReferenceBytes)}, gradients {Size(plan.GradientBytes)}, "
        + $"moments {Size(plan.MomentBytes)}, activations {Size(plan.ArenaBytes)}, other {Size(plan.TableBytes + plan.WorkspaceBytes)})";

    /// <summary>The first that fits of: recomputed activations, then ever smaller micro-batches with as many examples in a step.</summary>
    private static string Advice(MemoryPlan plan, Backend backend, TrainingOptions options, Func<TrainingOptions, MemoryPlan> planOf)
    {
        TrainingOptions tried = options with { Activations = ActivationMode.Recompute };
        while (true)
        {
            long bytes = planOf(tried).TotalBytes;
            if (bytes <= backend.CapacityBytes)
            {
                return $"{Size(bytes)} would do: gradient_checkpointing with per_device_train_batch_size {tried.BatchSize} and gradient_accumulation_steps {tried.AccumulationSteps}";
            }

            if (tried.BatchSize % 2 != 0)
            {
                string reference = plan.ReferenceBytes > 0 ? $"; precompute_ref_log_probs saves {Size(plan.ReferenceBytes)}" : "";
                return $"No batch fits{reference}";
            }

            tried = tried with { BatchSize = tried.BatchSize / 2, AccumulationSteps = tried.AccumulationSteps * 2 };
        }
    }

    private static string Size(long bytes) => bytes >= 1_000_000_000 ? $"{bytes / 1e9:F2} GB" : $"{bytes / 1e6:F1} MB";
}
