using System.Text.Json.Nodes;
using FastAlign.Alignment;

namespace FastAlign;

/// <summary>A summary as JSON: what <c>run.json</c> and <c>--json</c> hold.</summary>
public static class RunResults
{
    /// <summary>Where a run stands and what memory it took.</summary>
    public static JsonObject ToJson(Trainer trainer) => new()
    {
        ["step"] = trainer.State.Step,
        ["num_tokens"] = trainer.State.Tokens,
        ["planned_bytes"] = trainer.Plan.TotalBytes,
        ["peak_bytes"] = trainer.Parameters.Backend.PeakBytes,
    };

    /// <summary>A summary with the figures of its trainer.</summary>
    public static JsonObject ToJson(RunSummary summary, JsonObject figures)
    {
        JsonObject json = ToJson(summary);
        foreach ((string name, JsonNode? value) in figures)
        {
            json[name] = value?.DeepClone();
        }

        return json;
    }

    public static JsonObject ToJson(RunSummary summary)
    {
        var evaluation = new JsonObject();
        foreach (ComparisonRow row in summary.Rows)
        {
            evaluation[row.Metric.Name] = new JsonObject { ["before"] = ToJson(row.Before), ["after"] = ToJson(row.After), ["change"] = ToJson(row.Change) };
        }

        var samples = new JsonArray();
        foreach (SamplePair sample in summary.Samples)
        {
            samples.Add((JsonNode)new JsonObject { ["prompt"] = sample.Prompt, ["before"] = sample.Before, ["after"] = sample.After });
        }

        return new JsonObject { ["end"] = summary.End.ToString(), ["model"] = summary.ModelFolder, ["evaluation"] = evaluation, ["samples"] = samples };
    }

    public static JsonObject ToJson(Estimate estimate) => new()
    {
        ["mean"] = Number(estimate.Mean),
        ["low"] = Number(estimate.Low),
        ["high"] = Number(estimate.High),
        ["count"] = estimate.Count,
    };

    /// <summary>JSON has no NaN: an interval that is not known is null.</summary>
    private static JsonNode? Number(double value) => double.IsFinite(value) ? value : null;
}
