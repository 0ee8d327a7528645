using System.CommandLine;
using FastAlign.Core;
using FastAlign.Kernels.Device;

namespace FastAlign.Cli.Commands;

/// <summary><c>fastalign kernels emit</c>: the device code of every kernel, without a device; linted, assembled where <c>ptxas</c> is installed.</summary>
internal static class EmitCommand
{
    private const string All = "all";

    public static Command Create()
    {
        Option<string> target = new("--target") { Description = $"{string.Join(", ", EmitTarget.All)}, or {All}.", DefaultValueFactory = static _ => All };
        Option<string?> folder = new("--out") { Description = "Folder for the code, one folder per target in it." };
        Option<string?> manifest = new("--manifest") { Description = "Manifest to compare with and then to rewrite; takes all targets." };
        Option<string?> filter = new("--filter") { Description = "Only kernels whose name contains this." };
        var command = new Command("emit", "Write and check the PTX and OpenCL C of every kernel. Exit code 1 if the lint objects.") { target, folder, manifest, filter };
        command.SetAction((result, cancellation) =>
        {
            EmitTarget[] targets = Targets(result.GetValue(target)!);
            string? needle = result.GetValue(filter);
            string? manifestFile = result.GetValue(manifest);
            if (manifestFile is not null && (needle is not null || targets.Length != EmitTarget.All.Count))
            {
                throw new InputException("--manifest: expected neither --target nor --filter beside it, since it lists every kernel for every target");
            }

            List<EmittedKernel> emitted = Emit(targets, needle, cancellation);
            bool isClean = Report(emitted, result.GetValue(folder));
            UpdateManifest(emitted, manifestFile);
            return Task.FromResult(isClean ? ExitCode.Done : ExitCode.Failed);
        });
        return command;
    }

    private static List<EmittedKernel> Emit(EmitTarget[] targets, string? filter, CancellationToken cancellation)
    {
        var emitted = new List<EmittedKernel>();
        foreach (EmitTarget target in targets)
        {
            foreach (EmittedKernel kernel in KernelEmitter.Emit(target, kernel => filter is null || $"{kernel}".Contains(filter, StringComparison.OrdinalIgnoreCase)))
            {
                cancellation.ThrowIfCancellationRequested();
                emitted.Add(kernel);
            }
        }

        return emitted.Count > 0 ? emitted : throw new InputException($"--filter: '{filter}' matches none of {KernelCatalog.All.Count} kernels");
    }

    private static bool Report(List<EmittedKernel> emitted, string? folder)
    {
        bool isClean = true;
        int width = emitted.Max(static kernel => $"{kernel.Kernel}".Length);
        Console.Out.WriteLine($"{"kernel".PadRight(width)}  {"target",-12}{"hash",-18}{"registers",10}{"shared",8}  lint");
        foreach (EmittedKernel kernel in emitted)
        {
            string? path = folder is null ? null : Write(kernel, folder);
            string[] violations = [.. DeviceCodeLint.Violations(kernel), .. Assembler.Violations(kernel, path)];
            isClean &= violations.Length == 0;
            string registers = kernel.Target.IsPtx ? $"{PtxBudget.Of(kernel.Code).Registers}" : "";
            Console.Out.WriteLine($"{$"{kernel.Kernel}".PadRight(width)}  {kernel.Target,-12}{kernel.Hash,-18}{registers,10}{kernel.Kernel.SharedBytes,8}  {(violations.Length == 0 ? "clean" : string.Join("; ", violations))}");
        }

        Console.Out.WriteLine($"{emitted.Count} kernels; {(Assembler.IsInstalled ? "assembled with ptxas" : "not assembled: ptxas is not installed")}");
        return isClean;
    }

    private static string Write(EmittedKernel kernel, string folder)
    {
        string target = Directory.CreateDirectory(Path.Combine(folder, kernel.Target.Name.Replace(':', '-'))).FullName;
        string path = Path.Combine(target, kernel.FileName);
        File.WriteAllText(path, kernel.Code);
        return path;
    }

    private static void UpdateManifest(List<EmittedKernel> emitted, string? path)
    {
        if (path is null)
        {
            return;
        }

        string old = File.Exists(path) ? File.ReadAllText(path) : "";
        string fresh = CodeManifest.Text(emitted);
        foreach (string line in CodeManifest.Differences(old, fresh))
        {
            Console.Out.WriteLine(line);
        }

        File.WriteAllText(path, fresh);
    }

    private static EmitTarget[] Targets(string name)
    {
        EmitTarget[] targets = [.. EmitTarget.All.Where(target => name == All || target.Name == name)];
        return targets.Length > 0 ? targets : throw new InputException($"--target: expected {string.Join(", ", EmitTarget.All)} or {All}, got '{name}'");
    }
}
