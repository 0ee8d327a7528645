using System.CommandLine;
using System.Text.Json.Nodes;
using FastAlign.Alignment;
using FastAlign.Cli.Settings;
using FastAlign.Core;
using Spectre.Console;

namespace FastAlign.Cli.Commands;

/// <summary><c>fastalign eval</c>: a model on a data file, with intervals.</summary>
internal static class EvalCommand
{
    public static Command Create()
    {
        var model = new Option<string?>("--model") { Description = "Hugging Face folder; the embedded sample without it." };
        var dataset = new Option<string?>("--dataset") { Description = "JSON or JSONL file of preference pairs, completions with a label or reward, lists with scores, texts, or prompts with completions; the embedded sample without it." };
        var reference = new Option<string?>("--reference") { Description = "Hugging Face folder of the reference; without it rewards are beta times the policy's log-probs." };
        var beta = new Option<double>("--beta") { Description = "Inverse temperature of the rewards.", DefaultValueFactory = static _ => 0.1 };
        var maxLength = new Option<int>("--max-length", "--max_length") { Description = "Tokens of the longest sequence.", DefaultValueFactory = static _ => 1024 };
        var maxSamples = new Option<int>("--max-samples", "--max_samples") { Description = "Use at most so many rows; 0 means all." };
        var batchSize = new Option<int>("--batch-size", "--per_device_eval_batch_size") { Description = "Examples per batch.", DefaultValueFactory = static _ => 8 };
        var field = new Option<string>("--dataset-text-field", "--dataset_text_field") { Description = "Field of language-modelling rows.", DefaultValueFactory = static _ => "text" };
        var perToken = new Option<string?>("--per-token") { Description = "Write per-token log-probs to this file, and with a reference beta times log-ratios (the token rewards of a DPO policy), one JSON object per sequence." };
        var scoreToken = new Option<string>("--score-token", "--score_token") { Description = "Reward models: last token, or before_eos.", DefaultValueFactory = static _ => "last" };
        var ensemble = new Option<string>("--ensemble") { Description = "Ensembles of reward models: mean, min or mean_minus_std of their scores.", DefaultValueFactory = static _ => "mean" };
        Option<string> device = Devices.Option();
        var threads = new Option<int>("--threads") { Description = "Host threads; 0 takes all processors." };
        var json = new Option<bool>("--json") { Description = "Result as JSON on standard output." };
        var command = new Command("eval", "Log-probs, reward accuracy and margin of a model on a data file, order of lists, or accuracy, calibration and length correlation of a reward model, with 95% intervals.")
        {
            model, dataset, reference, beta, maxLength, maxSamples, batchSize, field, perToken, scoreToken, ensemble, device, threads, json,
        };
        command.SetAction((parsed, cancellation) =>
        {
            if (parsed.GetValue(maxSamples) < 0)
            {
                throw new InputException($"--max-samples: expected at least 0, found {parsed.GetValue(maxSamples)}");
            }

            if (parsed.GetValue(maxLength) < 2 || parsed.GetValue(batchSize) < 1)
            {
                throw new InputException($"--max-length and --batch-size: expected at least 2 and 1, found {parsed.GetValue(maxLength)} and {parsed.GetValue(batchSize)}");
            }

            var options = new EvaluationOptions
            {
                Model = parsed.GetValue(model) ?? SampleData.Model,
                Dataset = parsed.GetValue(dataset) ?? SampleData.Preferences,
                Reference = parsed.GetValue(reference),
                Beta = parsed.GetValue(beta),
                MaxLength = parsed.GetValue(maxLength),
                MaxSamples = parsed.GetValue(maxSamples),
                BatchSize = parsed.GetValue(batchSize),
                TextField = parsed.GetValue(field)!,
                PerTokenFile = parsed.GetValue(perToken),
                IsScoredBeforeEos = SettingValues.Choose("--score-token", parsed.GetValue(scoreToken), ("last", false), ("before_eos", true)),
                Ensemble = SettingValues.Choose(
                    "--ensemble", parsed.GetValue(ensemble), ("mean", EnsembleRule.Mean), ("min", EnsembleRule.Min), ("mean_minus_std", EnsembleRule.MeanMinusStd)),
                Device = () => Devices.Open(parsed.GetValue(device)!, parsed.GetValue(threads)),
            };
            IReadOnlyList<EvaluationFigure> figures = DatasetEvaluation.Run(options, cancellation);
            Print(figures, options, parsed.GetValue(json));
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    private static void Print(IReadOnlyList<EvaluationFigure> figures, EvaluationOptions options, bool isJson)
    {
        if (isJson)
        {
            var json = new JsonObject { ["model"] = options.Model, ["dataset"] = options.Dataset };
            foreach (EvaluationFigure figure in figures)
            {
                json[figure.Name] = RunResults.ToJson(figure.Estimate);
            }

            Console.Out.WriteLine(json.ToJsonString());
            return;
        }

        var table = new Table { Border = TableBorder.Rounded, Title = new TableTitle(Markup.Escape($"{options.Dataset} ({figures[0].Estimate.Count} examples)")) };
        table.AddColumns("", "mean", "95% interval");
        foreach (EvaluationFigure figure in figures)
        {
            table.AddRow(Markup.Escape(figure.Name), $"{figure.Estimate.Mean:F4}", Markup.Escape($"[{figure.Estimate.Low:F4}, {figure.Estimate.High:F4}]"));
        }

        Terminal.Output.Write(table);
    }
}
