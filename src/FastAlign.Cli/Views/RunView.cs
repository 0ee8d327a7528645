using System.Diagnostics;
using FastAlign.Alignment;
using FastAlign.IO.Datasets;
using Spectre.Console;

namespace FastAlign.Cli.Views;

/// <summary>What a person sees of a run: a live line in a terminal, plain lines elsewhere.</summary>
internal sealed class RunView(IAnsiConsole console, int loggingSteps) : IRunObserver
{
    private const int PlainLines = 20;
    private const int ShownFindings = 3;

    private readonly Stopwatch _clock = new();
    private ProgressTask? _bar;
    private int _firstStep;
    private long _firstTokens;
    private int _totalSteps;

    /// <summary>Runs <paramref name="work"/> under a live display if a terminal is attached.</summary>
    public RunSummary Show(Func<RunSummary> work)
    {
        if (!console.Profile.Capabilities.Interactive || !console.Profile.Out.IsTerminal)
        {
            return work();
        }

        return console.Progress()
            .Columns(new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
            .Start(context =>
            {
                _bar = context.AddTask("starting");
                return work();
            });
    }

    public void OnLint(string file, int examples, LintReport report)
    {
        Line($"data: {file}: {examples} examples");
        foreach (LintReport.SummaryLine line in report.Summary)
        {
            string rows = string.Join(", ", line.FirstRows.Take(ShownFindings));
            Line($"  {line.Rule.Severity().ToString().ToLowerInvariant()}: {line.Rule.Name()}: {line.Count} rows ({rows}{(line.Count > ShownFindings ? ", ..." : string.Empty)})");
        }
    }

    public void OnStart(RunStart start)
    {
        Header(start);
        (_firstStep, _firstTokens, _totalSteps) = (start.FirstStep, start.FirstTokens, start.TotalSteps);
        _clock.Start();
        if (_bar is not null)
        {
            _bar.MaxValue = start.TotalSteps;
            _bar.Value = start.FirstStep;
        }
    }

    /// <summary>What will run, on what, in how much memory.</summary>
    public void Header(RunStart start)
    {
        Line($"{start.Method} of {start.Parameters:N0} parameters on {start.Backend}: {start.TrainExamples} examples, {start.EvalExamples} held out, {start.TotalSteps} steps");
        MemoryPlan plan = start.Plan;
        Line(
            $"memory: {Megabytes(plan.TotalBytes)} = weights {Megabytes(plan.WeightBytes)} + reference {Megabytes(plan.ReferenceBytes)} + gradients {Megabytes(plan.GradientBytes)}"
            + $" + moments {Megabytes(plan.MomentBytes)} + activations {Megabytes(plan.ArenaBytes)} + tables {Megabytes(plan.TableBytes)} + workspace {Megabytes(plan.WorkspaceBytes)}"
            + (plan.ValueBytes > 0 ? $" + value network {Megabytes(plan.ValueBytes + plan.ValueArenaBytes)}" : ""));
    }

    public void OnStep(TrainingReport report)
    {
        double rate = Rate(report["num_tokens"]);
        string line = $"step {report.Step}/{report.TotalSteps}  loss {report["loss"]:F4}{Optional(report, "rewards/accuracies", "  accuracy")}{Optional(report, "rewards/margins", "  margin")}"
            + $"  grad {report["grad_norm"]:F2}  lr {report["learning_rate"]:0.0e+0}  {rate:N0} tok/s";
        if (_bar is not null)
        {
            _bar.Value = report.Step;
            _bar.Description = Markup.Escape(line);
        }
        else if (report.Step % LinesEvery() == 0 || report.Step == report.TotalSteps)
        {
            Line($"{line}  {Remaining(report)}");
        }
    }

    public void OnEvaluation(TrainingReport report) => Line(
        $"eval {report.Step}/{report.TotalSteps}  loss {report["eval_loss"]:F4}{Optional(report, "eval_rewards/accuracies", "  accuracy")}{Optional(report, "eval_rewards/margins", "  margin")}");

    public void OnCheckpoint(string path) => Line($"checkpoint: {path}");

    public void OnMessage(string message) => Line(message);

    private void Line(string text) => console.WriteLine(text);

    private int LinesEvery() => loggingSteps > 0 ? loggingSteps : Math.Max(1, _totalSteps / PlainLines);

    private static string Optional(TrainingReport report, string name, string label) =>
        report.Values.Any(v => v.Name == name) ? $"{label} {report[name]:F3}" : string.Empty;

    private static string Megabytes(long bytes) => $"{bytes / 1e6:N1} MB";

    /// <summary>Tokens a second of this process: what a resumed run did before does not count.</summary>
    private double Rate(double tokens) => (tokens - _firstTokens) / Math.Max(1e-3, _clock.Elapsed.TotalSeconds);

    private string Remaining(TrainingReport report)
    {
        double perStep = _clock.Elapsed.TotalSeconds / (report.Step - _firstStep);
        return $"{TimeSpan.FromSeconds(perStep * (report.TotalSteps - report.Step)):h\\:mm\\:ss} left";
    }
}
