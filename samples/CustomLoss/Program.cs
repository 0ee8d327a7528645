using CustomLoss;
using FastAlign;
using FastAlign.Alignment;
using FastAlign.Kernels;

// A loss of one's own: the formula (SquaredHinge.cs), one call that checks its gradient, and a training run with it.
// usage: dotnet run --project samples/CustomLoss -- FOLDER [STEPS]
static ILoss CreateLoss() => new SequenceLoss<SquaredHinge<Dual<ScalarDouble>>>("squared_hinge", new(0.1), new NoBaseline(), SequenceWeights.Equal, beta: 0.1);

if (args.Length is not (1 or 2))
{
    Console.Error.WriteLine("usage: CustomLoss FOLDER [STEPS]");
    return 2;
}

LossCheckResult check = LossCheck.FiniteDifferences(CreateLoss());
Console.WriteLine(check);
if (!check.IsRight)
{
    return 1;
}

string data = Path.Combine(AppContext.BaseDirectory, "data");
var options = new RunOptions
{
    Model = Path.Combine(data, "stories260k"),
    Dataset = Path.Combine(data, "hh-rlhf", "helpful-base.short.jsonl"),
    OutputFolder = args[0],
    EvalSize = 16,
    MaxSamples = 128,
    MaxLength = 256,
    Training = new TrainingOptions { BatchSize = 8, LearningRate = 1e-4, MaxSteps = args.Length == 2 ? int.Parse(args[1]) : 40 },
};
using var run = TrainingRun.Open(options, new UnpairedMethod { Custom = CreateLoss }, new ConsoleObserver());
RunSummary summary = run.Execute();
foreach (ComparisonRow row in summary.Rows)
{
    Console.WriteLine($"{row.Metric.Name,-20} {row.Before.Mean,12:F4} -> {row.After.Mean,12:F4}");
}

return 0;
