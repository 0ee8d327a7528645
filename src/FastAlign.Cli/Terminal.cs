using Spectre.Console;

namespace FastAlign.Cli;

/// <summary>Standard output and standard error as consoles that know whether a person is watching.</summary>
internal static class Terminal
{
    private const int PlainWidth = 160;

    public static IAnsiConsole Output { get; } = Open(Console.Out, Console.IsOutputRedirected);

    public static IAnsiConsole Error { get; } = Open(Console.Error, Console.IsErrorRedirected);

    private static IAnsiConsole Open(TextWriter writer, bool isRedirected)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });
        if (isRedirected)
        {
            // A pipe has no width: do not wrap lines for it.
            console.Profile.Width = PlainWidth;
            console.Profile.Capabilities.Interactive = false;
        }

        return console;
    }
}
