using FastAlign.Core;
using FastAlign.Kernels;
using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>A reward model with goal-conditioned representations: Bradley-Terry on the scores plus <c>beta</c> times <see cref="GoalContrast"/>.</summary>
public sealed class GoalContrastLoss : ILoss
{
    private readonly RewardPairLoss<BradleyTerryReward<Dual<ScalarDouble>>> _pairs;
    private readonly GoalContrast _contrast;
    private readonly double _coefficient;

    /// <param name="options">Checked here.</param>
    /// <exception cref="InputException">An option is out of range.</exception>
    public GoalContrastLoss(RewardOptions options)
    {
        options.Validate();
        _pairs = new(Name, new(options.Centering));
        (_coefficient, _contrast) = (options.ContrastCoefficient, new GoalContrast(options.ContrastSamples));
    }

    public string Name => "goal_contrast";

    public bool NeedsReference => false;

    public bool IsCoupled => true;

    public ModelHeads Heads => ModelHeads.Score | ModelHeads.Embedding;

    public IReadOnlyList<string> Warnings => [];

    public double Evaluate(in LossInputs inputs, StepCounts step, in LossGradients gradients, MetricAccumulator metrics)
    {
        double loss = _pairs.Evaluate(inputs, step, gradients, metrics);
        gradients.Embeddings.Clear();
        double contrast = _contrast.Evaluate(inputs, _coefficient, gradients.Embeddings);
        metrics.Add(Metric.GoalContrast, contrast, 1);
        return loss + (_coefficient * contrast);
    }
}
