using FastAlign.Alignment;
using FastAlign.Cpu;
using FastAlign.Models;

namespace FastAlign.Peers;

/// <summary>FastAlign's side of a training step: the product's own <see cref="Trainer"/>, all examples as one micro-batch.</summary>
internal sealed class TrainerSide : ISide
{
    private readonly CpuBackend _backend;
    private readonly ParameterSet _policy;
    private readonly ParameterSet? _referenceWeights;
    private readonly DecoderModel? _reference;
    private readonly Trainer _trainer;

    /// <param name="spec">The model; its weights are random.</param>
    /// <param name="threads">Threads of the backend.</param>
    /// <param name="maxLength">Longest sequence.</param>
    /// <param name="data">The step's examples.</param>
    /// <param name="loss">The loss; one that needs a reference gets a second random model.</param>
    public TrainerSide(DecoderSpec spec, int threads, int maxLength, ITrainingData data, ILoss loss)
    {
        _backend = new CpuBackend(threads);
        _policy = RandomWeights.Create(spec, _backend, TrainingRecipe.PolicySeed);
        if (loss.NeedsReference)
        {
            _referenceWeights = RandomWeights.Create(spec, _backend, TrainingRecipe.ReferenceSeed);
            _reference = new DecoderModel(spec, _referenceWeights, maxLength);
        }

        var options = new TrainingOptions
        {
            BatchSize = data.Count,
            IsShuffled = false,
            LearningRate = TrainingRecipe.LearningRate,
            Schedule = "constant",
            MaxGradNorm = TrainingRecipe.MaxGradNorm,
        };
        var task = new TrainingTask(data, loss, _reference is null ? null : new FrozenReference(_reference));
        _trainer = new Trainer(spec, _policy, maxLength, task, null, options);
    }

    public IReadOnlyList<double> Results { get; private set; } = [];

    public double Run() => Times.Measure(() =>
    {
        TrainingReport report = _trainer.Step();
        Results = [report[Metric.Loss.Name], report[Metric.GradNorm.Name]];
    });

    public void Dispose()
    {
        _trainer.Dispose();
        _policy.Dispose();
        _reference?.Dispose();
        _referenceWeights?.Dispose();
        _backend.Dispose();
    }
}
