using System.Diagnostics;

namespace FastAlign.Tests;

/// <summary>Runs the tool, or another program that is built with the tests, in a child process.</summary>
internal static class CommandLine
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    public static (int ExitCode, string Output, string Error) Run(IReadOnlyList<(string Name, string Value)> environment, params string[] arguments) =>
        RunProgram("FastAlign.Cli.dll", environment, arguments);

    public static (int ExitCode, string Output, string Error) RunProgram(
        string assembly, IReadOnlyList<(string Name, string Value)> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, assembly));
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start");
        Task<string> error = process.StandardError.ReadToEndAsync();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(Limit))
        {
            process.Kill();
            throw new TimeoutException($"{string.Join(' ', arguments)} took more than {Limit}");
        }

        return (process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }
}
