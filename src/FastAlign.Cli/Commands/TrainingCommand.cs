using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using FastAlign.Alignment;
using FastAlign.Cli.Settings;
using FastAlign.Cli.Views;
using Spectre.Console;

namespace FastAlign.Cli.Commands;

/// <summary>What all training commands share: settings, plan, run, Ctrl-C, result.</summary>
internal static class TrainingCommand
{
    /// <param name="name">Of the command.</param>
    /// <param name="description">For the help text.</param>
    /// <param name="demo">Settings that suit the embedded sample, for a run without model and data.</param>
    /// <param name="settings">All of its settings.</param>
    /// <param name="method">Reads the method's own settings.</param>
    public static Command Create(
        string name, string description, IReadOnlyDictionary<string, string> demo, IReadOnlyList<Setting> settings, Func<SettingValues, TrainingMethod> method)
    {
        var command = new Command(name, description);
        var values = new SettingValues(settings, command);
        command.SetAction(parsed =>
        {
            values.Read(parsed);
            bool isJson = values.Flag("json");
            IAnsiConsole console = isJson ? Terminal.Error : Terminal.Output;
            var view = new RunView(console, values.Whole("logging_steps"));
            string folder = SampleRun.Prepare(values, $"{name}-demo", demo);
            using var run = TrainingRun.Open(TrainingSettings.Run(values, folder), method(values), view);
            return values.Flag("plan") ? Plan(run, view, isJson) : Execute(run, view, console, isJson);
        });
        return command;
    }

    private static int Plan(TrainingRun run, RunView view, bool isJson)
    {
        RunStart start = run.Plan();
        view.Header(start);
        if (isJson)
        {
            MemoryPlan plan = start.Plan;
            Console.Out.WriteLine(new JsonObject
            {
                ["method"] = start.Method,
                ["train_examples"] = start.TrainExamples,
                ["eval_examples"] = start.EvalExamples,
                ["steps"] = start.TotalSteps,
                ["total_bytes"] = plan.TotalBytes,
                ["weight_bytes"] = plan.WeightBytes,
                ["reference_bytes"] = plan.ReferenceBytes,
                ["gradient_bytes"] = plan.GradientBytes,
                ["moment_bytes"] = plan.MomentBytes,
                ["arena_bytes"] = plan.ArenaBytes,
                ["value_bytes"] = plan.ValueBytes + plan.ValueArenaBytes,
                ["table_bytes"] = plan.TableBytes,
                ["workspace_bytes"] = plan.WorkspaceBytes,
            }.ToJsonString());
        }

        return ExitCode.Done;
    }

    private static int Execute(TrainingRun run, RunView view, IAnsiConsole console, bool isJson)
    {
        using var stop = new CancellationTokenSource();
        void OnSignal(PosixSignalContext context)
        {
            // The first signal ends the run after the present step; a second one is left to the system, which kills.
            context.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
        }

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        RunSummary summary = view.Show(() => run.Execute(stop.Token));
        if (isJson)
        {
            Console.Out.WriteLine(RunResults.ToJson(summary).ToJsonString());
        }

        if (summary.End == TrainingEnd.Interrupted)
        {
            console.WriteLine("interrupted after a checkpoint; continue with --resume");
            return ExitCode.Interrupted;
        }

        SummaryView.Print(console, summary);
        return ExitCode.Done;
    }
}
