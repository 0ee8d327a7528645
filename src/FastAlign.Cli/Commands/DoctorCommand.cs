using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using FastAlign.Cpu;
using FastAlign.Gpu;
using FastAlign.Kernels.Conformance;

namespace FastAlign.Cli.Commands;

/// <summary><c>fastalign doctor</c>: this machine, every kernel, and the promises on the user's own model and data.</summary>
internal static class DoctorCommand
{
    private const string NewRow = "\n               ";

    public static Command Create()
    {
        var model = new Option<string?>("--model") { Description = "Hugging Face folder; the embedded sample without it." };
        var dataset = new Option<string?>("--dataset") { Description = "JSON or JSONL file of preference pairs; the embedded sample without it." };
        var threads = new Option<int>("--threads") { Description = "Host threads; 0 takes all processors." };
        var json = new Option<bool>("--json") { Description = "Result as JSON on standard output." };
        var command = new Command("doctor", "Check this machine, every kernel, and the engine's promises on a model and data of yours. Exit code 1 if a check fails.") { model, dataset, threads, json };
        command.SetAction((parsed, cancellation) =>
        {
            bool isJson = parsed.GetValue(json);
            TextWriter text = isJson ? Console.Error : Console.Out;
            JsonObject machine = Machine(parsed.GetValue(threads));
            foreach ((string name, JsonNode? value) in machine)
            {
                text.WriteLine($"{name,-14} {(value is JsonArray rows ? string.Join(NewRow, rows) : value)}");
            }

            var checks = new List<SelfCheck>();
            void Report(SelfCheck check)
            {
                cancellation.ThrowIfCancellationRequested();
                checks.Add(check);
                text.WriteLine($"{(check.IsPassed ? "pass" : "FAIL"),-5} {check.Name}: {check.Detail}");
            }

            Report(Kernels(parsed.GetValue(threads)));
            string folder = parsed.GetValue(model) ?? SampleData.Model;
            using var own = new SelfChecks(folder, parsed.GetValue(dataset) ?? SampleData.Preferences, threads: parsed.GetValue(threads));
            foreach (SelfCheck check in own.Run())
            {
                Report(check);
            }

            if (isJson)
            {
                Console.Out.WriteLine(ToJson(machine, folder, checks).ToJsonString());
            }

            return Task.FromResult(checks.TrueForAll(c => c.IsPassed) ? ExitCode.Done : ExitCode.Failed);
        });
        return command;
    }

    private static JsonObject Machine(int threads)
    {
        using var backend = new CpuBackend(threads);
        JsonNode[] devices = [.. DeviceContexts.Discover().Select(static d => (JsonNode)$"{DeviceSelection.NameOf(d)}: {d.Name}, {d.Driver}, {d.MemoryBytes / 1e9:F1} GB")];
        return new JsonObject
        {
            ["system"] = RuntimeInformation.OSDescription,
            ["runtime"] = RuntimeInformation.FrameworkDescription,
            ["processors"] = Environment.ProcessorCount,
            ["memory"] = $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9:F1} GB",
            ["backend"] = backend.Name,
            ["numerics"] = backend.NumericsId,
            ["workspace"] = $"{backend.WorkspaceBytes / 1e6:F1} MB",
            ["roofs"] = new JsonArray([.. Devices.AllRoofsOf(backend).Select(static roofs => (JsonNode)roofs.ToString())]),
            ["devices"] = new JsonArray(devices),
        };
    }

    private static SelfCheck Kernels(int threads)
    {
        using var backend = new CpuBackend(threads);
        List<CaseResult> results = [.. KernelCases.All.Select(kernel => CaseVerifier.Verify(kernel, backend))];
        string[] failed = [.. results.Where(r => !r.IsPassed && r.IsSupported).Select(r => r.Name)];
        return new SelfCheck(
            "kernels", failed.Length == 0, failed.Length == 0 ? $"{results.Count} cases within their bounds" : $"{string.Join(", ", failed)}; see fastalign kernels verify");
    }

    private static JsonObject ToJson(JsonObject machine, string model, List<SelfCheck> checks) => new()
    {
        ["machine"] = machine.DeepClone(),
        ["model"] = model,
        ["passed"] = checks.Count(c => c.IsPassed),
        ["failed"] = checks.Count(c => !c.IsPassed),
        ["checks"] = new JsonArray([.. checks.Select(c => (JsonNode)new JsonObject { ["name"] = c.Name, ["passed"] = c.IsPassed, ["detail"] = c.Detail })]),
    };
}
