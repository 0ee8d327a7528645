using System.Diagnostics;
using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.Workloads;

/// <summary>One optimizer step after the other on the same examples: forward, loss, backward, norm, AdamW, by <see cref="Trainer"/>.</summary>
public sealed class StepWorkload : IWorkload
{
    // The mean over examples rounds in double.
    private const double PairTolerance = 1e-12;

    // A log-prob is the negative of a logarithm of 4 ulp, stored in F32.
    private const double TokenTolerance = 8.0 / (1 << 24);

    private readonly StepKind _kind;
    private readonly ParameterSet _parameters;
    private readonly ParameterSet? _frozen;
    private readonly DecoderModel? _reference;
    private readonly Trainer _trainer;
    private readonly int _vocab;
    private double _firstLoss = double.NaN;

    public StepWorkload(Backend backend, DecoderSpec spec, StepKind kind, StepSize size)
    {
        (_kind, _vocab) = (kind, spec.Vocab);
        int length = size.Prompt + size.Response;
        _parameters = ModelShapes.RandomWeights(spec, backend);
        TrainingTask task;
        if (kind == StepKind.Dpo)
        {
            _frozen = _parameters.Clone();
            _reference = new DecoderModel(spec, _frozen, length);
            task = new TrainingTask(new PreferenceData(Pairs(spec, size)), PairLosses.Dpo(new DpoOptions()), new FrozenReference(_reference));
        }
        else
        {
            task = new TrainingTask(new SequenceData(Sequences(spec, size)), TokenLoss.Nll(), null);
        }

        // One step planned; State is set back before each.
        var options = new TrainingOptions { BatchSize = size.Examples, MaxSteps = 1, IsShuffled = false, LearningRate = 1e-6, Schedule = "constant" };
        _trainer = new Trainer(spec, _parameters, length, task, null, options);
    }

    public double Run(Action? onStart = null)
    {
        onStart?.Invoke();
        long start = Stopwatch.GetTimestamp();
        double loss = Step();
        _firstLoss = double.IsNaN(_firstLoss) ? loss : _firstLoss;
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>
    /// DPO: policy and reference start equal, so the first loss is ln 2. SFT: with a final norm of weight 0 all logits are equal, so the loss is ln V.
    /// That losses and gradients are finite the trainer has checked at every step.
    /// </summary>
    public string? Check()
    {
        if (_kind == StepKind.Dpo)
        {
            return Compare("first loss", _firstLoss, Math.Log(2), PairTolerance);
        }

        _parameters.Backend.Ops.Fill(_parameters[$"{DecoderParameters.FinalNorm}.weight"], 0);
        return Compare("loss of equal logits", Step(), Math.Log(_vocab), TokenTolerance * Math.Log(_vocab));
    }

    public void Dispose()
    {
        _trainer.Dispose();
        _reference?.Dispose();
        _frozen?.Dispose();
        _parameters.Dispose();
    }

    private double Step()
    {
        _trainer.State = new TrainerState();
        double loss = _trainer.Step()["loss"];
        _parameters.Backend.Synchronize();
        return loss;
    }

    private static string? Compare(string what, double got, double expected, double tolerance) =>
        Math.Abs(got - expected) <= tolerance ? null : $"{what}: expected {expected:R}, got {got:R}";

    private static PreferenceExample[] Pairs(DecoderSpec spec, StepSize size) =>
    [
        .. Enumerable.Range(0, size.Examples).Select(i => new PreferenceExample(
            i,
            ModelShapes.RandomTokens(spec, size.Prompt, 3 * i),
            ModelShapes.RandomTokens(spec, size.Response, (3 * i) + 1),
            ModelShapes.RandomTokens(spec, size.Response, (3 * i) + 2))),
    ];

    private static SftExample[] Sequences(DecoderSpec spec, StepSize size) =>
    [
        .. Enumerable.Range(0, size.Examples).Select(i =>
        {
            int[] ids = ModelShapes.RandomTokens(spec, size.Prompt + size.Response, i);
            int[] labels = [.. ids.Select((id, at) => at < Math.Max(size.Prompt, 1) ? SftExample.Ignored : id)];
            return new SftExample(i, ids, labels, []);
        }),
    ];
}
