using System.Diagnostics;

namespace FastAlign.Tests.Cli;

/// <summary>A short DPO run of the built tool: a few steps on the embedded sample, into a folder of its own.</summary>
internal sealed class ToolRun : IDisposable
{
    public ToolRun() => Folder = Directory.CreateTempSubdirectory("fastalign-tool-").FullName;

    public string Folder { get; }

    public string Path(params string[] parts) => System.IO.Path.Combine([Folder, .. parts]);

    /// <summary>Arguments of a run of <paramref name="steps"/> steps into <paramref name="name"/>.</summary>
    public string[] Arguments(string name, int steps, params string[] more) =>
    [
        "dpo", "--output", Path(name), "--max-samples", "24", "--max-length", "96", "--per-device-train-batch-size", "2", "--max-steps", $"{steps}", "--eval-size", "4",
        "--eval-steps", "5", "--save-steps", "1", "--threads", "1", .. more,
    ];

    public static (int ExitCode, string Output, string Error) Run(params string[] arguments) => CommandLine.Run([], arguments);

    /// <summary>Starts the tool and leaves it running.</summary>
    public static Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(System.IO.Path.Combine(AppContext.BaseDirectory, "FastAlign.Cli.dll"));
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        Process process = Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start");
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    /// <summary>What must not depend on interruptions: the trained weights and everything that was logged.</summary>
    public (byte[] Weights, string Metrics) Result(string name) =>
        (File.ReadAllBytes(Path(name, "model", "model.safetensors")), File.ReadAllText(Path(name, "metrics.jsonl")));

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
