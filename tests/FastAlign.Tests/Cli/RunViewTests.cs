using System.Globalization;
using System.Text.RegularExpressions;
using FastAlign.Alignment;
using FastAlign.Cli.Views;
using Spectre.Console;

namespace FastAlign.Tests.Cli;

public sealed class RunViewTests
{
    [Fact]
    public void OnStep_ResumedRun_CountsOnlyTheTokensOfThisProcess()
    {
        const int Before = 1_000_000_000;
        using var text = new StringWriter();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(text) });
        console.Profile.Width = 400;
        var view = new RunView(console, loggingSteps: 1);
        var plan = new MemoryPlan { WeightBytes = 1, ReferenceBytes = 1, GradientBytes = 1, MomentBytes = 2, TableBytes = 1, ArenaBytes = 1, WorkspaceBytes = 1 };

        view.OnStart(new RunStart("dpo", "host", 1, 1, 0, 12, FirstStep: 10, FirstTokens: Before, plan));
        view.OnStep(new TrainingReport(11, 12, 1, [new("loss", 0.5), new("grad_norm", 1), new("learning_rate", 1e-4), new("num_tokens", Before + 1)]));

        // One token; the view counts a step as a millisecond at least.
        string rate = Regex.Match(text.ToString(), "([0-9,]+) tok/s").Groups[1].Value;
        Assert.InRange(double.Parse(rate, NumberStyles.Number, CultureInfo.InvariantCulture), 0, 1000);
    }
}
