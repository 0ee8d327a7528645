using FastAlign;
using FastAlign.Alignment;
using FastAlign.IO.Datasets;

namespace CustomLoss;

/// <summary>Prints what happens, a line each.</summary>
internal sealed class ConsoleObserver : IRunObserver
{
    public void OnLint(string file, int examples, LintReport report) => Console.WriteLine($"{Path.GetFileName(file)}: {examples} examples");

    public void OnStart(RunStart start) => Console.WriteLine($"{start.Method}: {start.TotalSteps} steps, {start.Plan.TotalBytes / 1e6:F1} MB");

    public void OnStep(TrainingReport report) => Console.WriteLine($"step {report.Step}: loss {report["loss"]:F4}");

    public void OnEvaluation(TrainingReport report) => Console.WriteLine($"step {report.Step}: eval_loss {report["eval_loss"]:F4}");

    public void OnCheckpoint(string path)
    {
        // The trained model is what this sample is after.
    }

    public void OnMessage(string message) => Console.WriteLine(message);
}
