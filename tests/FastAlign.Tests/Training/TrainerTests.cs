using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.Cpu;
using FastAlign.IO.Checkpoints;
using FastAlign.Models;

namespace FastAlign.Tests;

/// <summary>The loop around the step: evaluation, early stop, checkpoints, interruption, values that are not finite.</summary>
public sealed class TrainerTests : IDisposable
{
    private readonly CpuBackend _backend = new(1);
    private readonly LoadedModel _model;

    public TrainerTests() => _model = HfCheckpoint.Load(Goldens.DataPath("stories260k", "hf"), _backend);

    [Fact]
    public void Run_RateThatOnlyHurts_StopsEarlyAfterThePatience()
    {
        // Training raises the probability of one text; evaluation is on another, so its loss rises from the second evaluation on.
        TrainingTask train = Texts([403, 407, 261, 378, 432]);
        TrainingTask eval = Texts([303, 419, 290, 450, 277]);
        var options = new TrainingOptions { MaxSteps = 50, LearningRate = 1e-2, Schedule = "constant", EvalSteps = 1, EarlyStoppingPatience = 3 };
        var seen = new Recorder();
        using var trainer = new Trainer(_model.Spec, _model.Parameters, 8, train, eval, options);

        TrainingEnd end = trainer.Run(seen);

        Assert.Equal(TrainingEnd.StoppedEarly, end);
        Assert.Equal(3, trainer.State.EvaluationsWithoutImprovement);
        double[] losses = [.. seen.Evaluations.Select(r => r["eval_loss"])];
        Assert.Equal(losses.Min(), trainer.State.BestEvalLoss);
        Assert.Equal(losses.Length - 1 - 3, Array.IndexOf(losses, losses.Min()));
        Assert.Equal([trainer.State.Step], seen.Checkpoints);
    }

    [Fact]
    public void Run_SaveAndEvalSteps_AreHonoured()
    {
        var options = new TrainingOptions { MaxSteps = 7, LearningRate = 1e-4, EvalSteps = 3, SaveSteps = 2 };
        var seen = new Recorder();
        using var trainer = new Trainer(_model.Spec, _model.Parameters, 8, Texts([403, 407, 261]), Texts([303, 419, 290]), options);

        Assert.Equal(TrainingEnd.Completed, trainer.Run(seen));

        Assert.Equal(Enumerable.Range(1, 7), seen.Steps.Select(r => r.Step));
        Assert.Equal([3, 6, 7], seen.Evaluations.Select(r => r.Step));
        Assert.Equal([2, 4, 6, 7], seen.Checkpoints);
        Assert.Equal(21, seen.Steps[^1]["num_tokens"]);
    }

    [Fact]
    public void Run_Cancelled_ChecksInAndStops()
    {
        using var stop = new CancellationTokenSource();
        var seen = new Recorder { OnStepDone = step => { if (step == 2) { stop.Cancel(); } } };
        using var trainer = new Trainer(_model.Spec, _model.Parameters, 8, Texts([403, 407, 261]), null, new TrainingOptions { MaxSteps = 9 });

        Assert.Equal(TrainingEnd.Interrupted, trainer.Run(seen, stop.Token));

        Assert.Equal([2], seen.Checkpoints);
        Assert.Equal(2, trainer.State.Step);
    }

    [Fact]
    public void Step_LossThatIsNotFinite_NamesTheRowAndKeepsTheWeights()
    {
        float[] before = Weights();
        TrainingTask task = Texts([403, 407, 261]) with { Loss = new BrokenLoss() };
        using var trainer = new Trainer(_model.Spec, _model.Parameters, 8, task, null, new TrainingOptions { MaxSteps = 2, LearningRate = 1 });

        RunException failure = Assert.Throws<RunException>(trainer.Step);

        Assert.Contains("step 1: loss is NaN; rows 17", failure.Message, StringComparison.Ordinal);
        Assert.Equal(before, Weights());
    }

    [Theory]
    [InlineData("warm")]
    [InlineData("")]
    public void Check_UnknownSchedule_IsRefused(string schedule) =>
        Assert.Throws<InputException>(() => new TrainingOptions { Schedule = schedule }.Check());

    public void Dispose()
    {
        _model.Dispose();
        _backend.Dispose();
    }

    private static TrainingTask Texts(int[] ids) => new(new SequenceData([new SftExample(17, ids, ids, [])]), TokenLoss.Nll());

    private float[] Weights()
    {
        float[] values = new float[_model.Parameters.All.Length];
        _backend.Download<float>(_model.Parameters.All, values);
        return values;
    }

    private sealed class BrokenLoss : ILoss
    {
        public string Name => "broken";

        public bool NeedsReference => false;

        public IReadOnlyList<string> Warnings => [];

        public double Evaluate(in LossInputs inputs, StepCounts step, in LossGradients gradients, MetricAccumulator metrics)
        {
            gradients.LogProb.Clear();
            return double.NaN;
        }
    }

    private sealed class Recorder : ITrainingObserver
    {
        public List<TrainingReport> Steps { get; } = [];

        public List<TrainingReport> Evaluations { get; } = [];

        public List<int> Checkpoints { get; } = [];

        public Action<int>? OnStepDone { get; init; }

        public void OnStep(TrainingReport report)
        {
            Steps.Add(report);
            OnStepDone?.Invoke(report.Step);
        }

        public void OnEvaluation(TrainingReport report) => Evaluations.Add(report);

        public void OnCheckpoint(Trainer trainer) => Checkpoints.Add(trainer.State.Step);
    }
}
