using FastAlign.Cli.Settings;
using FastAlign.Core;

namespace FastAlign.Cli.Commands;

/// <summary>Fills in the embedded model and data, with settings that suit them, where the user named neither.</summary>
internal static class SampleRun
{
    /// <summary>Settings that suit the embedded model and dialogues: two passes in under a minute.</summary>
    /// <param name="own">What is particular to a method; wins over the common ones.</param>
    public static IReadOnlyDictionary<string, string> Demo(params ReadOnlySpan<(string Setting, string Value)> own)
    {
        var demo = new Dictionary<string, string>
        {
            ["num_train_epochs"] = "2",
            ["per_device_train_batch_size"] = "8",
            ["max_length"] = "384",
            ["eval_size"] = "200",
            ["eval_steps"] = "40",
        };
        foreach ((string setting, string value) in own)
        {
            demo[setting] = value;
        }

        return demo;
    }

    /// <returns>The run folder.</returns>
    /// <exception cref="InputException">Only one of model and data was given.</exception>
    public static string Prepare(SettingValues values, string name, IReadOnlyDictionary<string, string> demo)
    {
        bool hasModel = values.IsGiven("model_name_or_path");
        bool hasData = values.IsGiven("dataset_name");
        if (!hasModel && !hasData)
        {
            values.SetDefault("model_name_or_path", SampleData.Model);
            values.SetDefault("dataset_name", SampleData.Preferences);
            foreach ((string setting, string value) in demo)
            {
                values.SetDefault(setting, value);
            }

            return values.Text("output_dir") ?? SampleData.FreshRun(name);
        }

        if (!hasModel || !hasData)
        {
            throw new InputException($"--{(hasModel ? "dataset_name" : "model_name_or_path")}: expected both a model and a data set (or neither, for the embedded sample), found only one");
        }

        return values.Text("output_dir") ?? throw new InputException("--output_dir: expected a folder for the run, found nothing");
    }
}
