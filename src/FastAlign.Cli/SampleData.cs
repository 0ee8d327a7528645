using FastAlign.Core;

namespace FastAlign.Cli;

/// <summary>The model and data that lie beside the tool, so that every command has something to run on.</summary>
internal static class SampleData
{
    public static string Model => Find("stories260k");

    public static string Preferences => Path.Combine(Find("hh-rlhf"), "helpful-base.short.jsonl");

    /// <summary>A run folder of this name, numbered if it exists.</summary>
    public static string FreshRun(string name)
    {
        string folder = Path.Combine("runs", name);
        for (int i = 2; Directory.Exists(folder); i++)
        {
            folder = Path.Combine("runs", $"{name}-{i}");
        }

        return folder;
    }

    private static string Find(string name)
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "samples", name);
        return Directory.Exists(folder) ? folder : throw new InputException($"{folder}: the sample data that belongs to the tool is missing; give --model and --dataset");
    }
}
