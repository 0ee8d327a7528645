using System.Diagnostics;
using FastAlign.Kernels.Device;

namespace FastAlign.Cli.Commands;

/// <summary>NVIDIA's <c>ptxas</c>, if it is on the path: the last word on whether PTX is right. It comes with the CUDA toolkit and needs no GPU.</summary>
internal static class Assembler
{
    private const string Program = "ptxas";

    private static readonly string? Found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(static folder => (string[])[Path.Combine(folder, Program), Path.Combine(folder, $"{Program}.exe")])
        .FirstOrDefault(File.Exists);

    public static bool IsInstalled => Found is not null;

    /// <summary>What the assembler says against a kernel; nothing where there is no assembler or the code is not PTX.</summary>
    /// <param name="kernel">Which kernel.</param>
    /// <param name="path">Of a file with its code; null writes one for the time.</param>
    public static IEnumerable<string> Violations(EmittedKernel kernel, string? path)
    {
        if (Found is null || !kernel.Target.IsPtx)
        {
            return [];
        }

        if (path is not null)
        {
            return Assemble(kernel, path);
        }

        string temporary = Path.GetTempFileName();
        try
        {
            File.WriteAllText(temporary, kernel.Code);
            return Assemble(kernel, temporary);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static string[] Assemble(EmittedKernel kernel, string path)
    {
        string output = $"{path}.cubin";
        var start = new ProcessStartInfo(Found!) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (string argument in (string[])["--gpu-name", $"sm_{kernel.Target.Architecture}", "--output-file", output, path])
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{Program} did not start");
        Task<string> said = process.StandardOutput.ReadToEndAsync();
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        File.Delete(output);
        return process.ExitCode == 0 ? [] : [$"{Program}: {error}{said.GetAwaiter().GetResult()}".ReplaceLineEndings(" ").Trim()];
    }
}
