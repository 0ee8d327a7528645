using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.Cpu;
using FastAlign.IO.Checkpoints;
using FastAlign.IO.Tokenizers;
using FastAlign.Models;

namespace FastAlign.Studies;

/// <summary>Trains the same small model by every loss, with the same steps, rate and data, and measures all by the same held-out pairs and prompts.</summary>
internal sealed class LossStudy : IDisposable
{
    private const long ArenaBytes = 256L << 20;

    private readonly CpuBackend _backend = new(0);
    private readonly string _folder;
    private readonly TrainingOptions _training;
    private readonly LoadedModel _start;
    private readonly DecoderModel _reference;
    private readonly PolicyProbe _probe;
    private readonly int _maxLength;

    public LossStudy(string modelFolder, int maxLength, TrainingOptions training)
    {
        (_folder, _training, _maxLength) = (modelFolder, training, maxLength);
        Tokenizer = Tokenizer.Load(modelFolder);
        _start = HfCheckpoint.Load(modelFolder, _backend);
        _reference = new DecoderModel(_start.Spec, _start.Parameters, maxLength);
        _probe = new PolicyProbe(_reference, ArenaBytes);
    }

    public Tokenizer Tokenizer { get; }

    /// <summary>The untrained policy.</summary>
    public DecoderModel Start => _reference;

    /// <summary>Trains a contestant to teach others; the caller's to dispose.</summary>
    public (LoadedModel Weights, DecoderModel Model) Teach(Contestant contestant, StudySet set)
    {
        LoadedModel policy = HfCheckpoint.Load(_folder, _backend);
        using (var trainer = new Trainer(policy.Spec, policy.Parameters, _maxLength, contestant.Task(set) with { Reference = new FrozenReference(_reference) }, null, _training))
        {
            while (trainer.State.Step < trainer.TotalSteps)
            {
                trainer.Step();
            }
        }

        return (policy, new DecoderModel(policy.Spec, policy.Parameters, _maxLength));
    }

    /// <summary>Trains a contestant and measures it.</summary>
    /// <param name="contestant">Who.</param>
    /// <param name="set">What to train on.</param>
    /// <param name="exam">How to measure.</param>
    public Outcome Run(Contestant contestant, StudySet set, Exam exam)
    {
        using LoadedModel policy = HfCheckpoint.Load(_folder, _backend);
        TrainingTask task = contestant.Task(set);
        if (task.Loss.NeedsReference && task.Teacher is null)
        {
            task = task with { Reference = new FrozenReference(_reference) };
        }

        double loss = double.NaN;
        try
        {
            using var trainer = new Trainer(policy.Spec, policy.Parameters, _maxLength, task, null, _training);
            while (trainer.State.Step < trainer.TotalSteps)
            {
                loss = trainer.Step()[Metric.Loss.Name];
            }

            return exam.Take(trainer.Model, _probe, new Outcome(contestant) { FinalLoss = loss });
        }
        catch (RunException failure)
        {
            return new Outcome(contestant) { Failure = failure.Message };
        }
    }

    public void Dispose()
    {
        _probe.Dispose();
        _reference.Dispose();
        _start.Dispose();
        _backend.Dispose();
    }
}
