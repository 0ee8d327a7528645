namespace FastAlign.Workloads;

/// <summary>Steps and rollouts with enough tokens for a GPU to have work to do, of SmolLM2-135M's shape.</summary>
public static class LargeWorkloadPlans
{
    private const string Model = nameof(ModelShapes.SmolLm135M);

    public static IReadOnlyList<WorkloadPlan> All { get; } =
    [
        WorkloadPlans.Dpo(Model, ModelShapes.SmolLm135M, new StepSize(2, 128, 128)),
        WorkloadPlans.Dpo(Model, ModelShapes.SmolLm135M, new StepSize(8, 256, 256)),
        WorkloadPlans.Sft(Model, ModelShapes.SmolLm135M, new StepSize(16, 0, 512)),
        WorkloadPlans.Decode(Model, ModelShapes.SmolLm135M, 32),
    ];
}
