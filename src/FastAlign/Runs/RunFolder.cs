using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.IO.Files;

namespace FastAlign;

/// <summary>
/// The folder of a run: <c>run.json</c> (what it is), <c>metrics.jsonl</c> (what happened), <c>checkpoints/step-N/</c> (how to go on), <c>model/</c> (the result).
/// </summary>
public sealed class RunFolder
{
    private const string RunFile = "run.json";
    private const string MetricsFile = "metrics.jsonl";

    private RunFolder(string path) => Path = path;

    public string Path { get; }

    public string Model => System.IO.Path.Combine(Path, "model");

    /// <summary>A value network that was trained beside the model.</summary>
    public string ValueModel => System.IO.Path.Combine(Path, "value_model");

    public string Checkpoints => System.IO.Path.Combine(Path, "checkpoints");

    public string Metrics => System.IO.Path.Combine(Path, MetricsFile);

    /// <summary>Opens the folder of a new run, or of one to be resumed.</summary>
    /// <param name="path">Created if absent.</param>
    /// <param name="settings">Everything that decides the result.</param>
    /// <param name="isResumed">Whether the folder must hold a run with the same settings; else it must hold none.</param>
    /// <exception cref="InputException">The folder cannot be written, holds a run already, or holds one of other settings.</exception>
    public static RunFolder Open(string path, JsonObject settings, bool isResumed)
    {
        string file = System.IO.Path.Combine(path, RunFile);
        if (isResumed && File.Exists(file))
        {
            CheckSame(file, settings);
            Leftovers.Clean(path);
            return new RunFolder(path);
        }

        if (File.Exists(file))
        {
            throw new InputException($"output_dir: {path} already holds a run; continue it with --resume, or choose another folder");
        }

        try
        {
            Directory.CreateDirectory(path);
            var folder = new RunFolder(path);
            folder.Write(new JsonObject { ["version"] = 1, ["status"] = "running", ["settings"] = settings.DeepClone() });
            return folder;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"output_dir: {path} cannot be written: {failure.Message}", failure);
        }
    }

    /// <summary>Appends a report to <c>metrics.jsonl</c>, one JSON object a line.</summary>
    public void Append(TrainingReport report)
    {
        var line = new StringBuilder("{\"step\":").Append(report.Step).Append(",\"epoch\":").Append(JsonSerializer.Serialize(report.Epoch, RunJson.Default.Double));
        foreach (NamedValue value in report.Values)
        {
            line.Append(',').Append(JsonSerializer.Serialize(value.Name, RunJson.Default.String)).Append(':');
            line.Append(double.IsFinite(value.Value) ? JsonSerializer.Serialize(value.Value, RunJson.Default.Double) : $"\"{value.Value}\"");
        }

        try
        {
            File.AppendAllText(Metrics, line.Append("}\n").ToString());
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new RunException($"{Metrics}: cannot be written: {failure.Message}", failure);
        }
    }

    /// <summary>Drops what was logged after step <paramref name="step"/>, and a line that a kill cut short: the resumed run writes it again.</summary>
    public void TruncateMetrics(int step)
    {
        if (!File.Exists(Metrics))
        {
            return;
        }

        var kept = new StringBuilder();
        foreach (string line in File.ReadLines(Metrics))
        {
            if (StepOf(line) is { } at && at <= step)
            {
                kept.Append(line).Append('\n');
            }
        }

        WriteText(Metrics, kept.ToString());
    }

    /// <summary>Adds results to <c>run.json</c>.</summary>
    public void Finish(string status, JsonObject results)
    {
        JsonObject run = Read(System.IO.Path.Combine(Path, RunFile));
        run["status"] = status;
        run["results"] = results.DeepClone();
        Write(run);
    }

    private void Write(JsonObject run) => WriteText(System.IO.Path.Combine(Path, RunFile), run.ToJsonString(RunJson.Indented) + "\n");

    private static void WriteText(string path, string text) => AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    /// <summary>The step that a line of the log belongs to; null for a line that no run wrote to its end.</summary>
    private static int? StepOf(string line)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(line);
            return json.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("step", out JsonElement step)
                && step.ValueKind == JsonValueKind.Number && step.TryGetInt32(out int value) ? value : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static JsonObject Read(string file)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(file)) as JsonObject ?? throw new InputException($"{file}: expected a JSON object");
        }
        catch (JsonException failure)
        {
            throw new InputException($"{file}: {failure.Message}", failure);
        }
    }

    private static void CheckSame(string file, JsonObject settings)
    {
        JsonObject before = Read(file)["settings"] as JsonObject ?? throw new InputException($"{file}: settings: expected an object, found nothing");
        var differences = new List<string>();
        foreach (string key in before.Select(p => p.Key).Union(settings.Select(p => p.Key)))
        {
            string expected = before[key]?.ToJsonString() ?? "nothing";
            string found = settings[key]?.ToJsonString() ?? "nothing";
            if (expected != found)
            {
                differences.Add($"{key}: expected {expected}, found {found}");
            }
        }

        if (differences.Count > 0)
        {
            throw new InputException($"{file}: --resume continues a run with the settings it began with; {string.Join("; ", differences)}");
        }
    }
}
