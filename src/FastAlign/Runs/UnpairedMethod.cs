using System.Text.Json.Nodes;
using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.IO.Checkpoints;
using FastAlign.IO.Datasets;
using FastAlign.Models;

namespace FastAlign;

/// <summary>Completions judged one by one, by one of <see cref="UnpairedLosses"/>.</summary>
public sealed record UnpairedMethod : TrainingMethod
{
    private const int ShownPrompts = 2;

    /// <summary>One of <see cref="UnpairedLosses.Names"/>. <c>loss_type</c></summary>
    public string LossType { get; init; } = "kto";

    /// <summary>Options of the loss.</summary>
    public UnpairedOptions Loss { get; init; } = new();

    /// <summary>A loss of one's own in place of <see cref="LossType"/>, made anew at each call; it takes judged completions without mismatched ones. Null for none.</summary>
    public Func<ILoss>? Custom { get; init; }

    internal override string Name => Custom?.Invoke().Name ?? LossType;

    internal override bool NeedsReference => true;

    internal override void Describe(JsonObject settings)
    {
        if (Custom is not null)
        {
            return;
        }

        LossInfo info = UnpairedLosses.All.First(one => one.Name == LossType);
        foreach (string option in info.Options)
        {
            settings[option] = Value(option);
        }

        settings["dialect"] = Loss.Dialect.ToString().ToLowerInvariant();
    }

    internal override MethodData Read(DataRow[] rows, RowTokenizer tokenizer, RunOptions run)
    {
        if (run.Truncation != TruncationMode.KeepStart)
        {
            throw new InputException($"truncation_mode: expected keep_start with {Name}, found keep_end");
        }

        UnpairedDataset set = UnpairedDataset.Build(rows, tokenizer, run.MaxLength);
        UnpairedExample[] examples = set.Examples;
        int[][]? mismatched = Custom is null && LossType == "kto" ? Mismatched(set, run) : null;
        int longest = Enumerable.Range(0, examples.Length).Max(i => examples[i].Prompt.Length + Math.Max(examples[i].Completion.Length, mismatched?[i].Length ?? 0));
        return new MethodData(new UnpairedData(examples, mismatched), set.Lint, longest, [.. examples.Take(ShownPrompts).Select(e => e.Prompt)])
        {
            Completions = i => mismatched is null
                ? [new Completion(examples[i].Prompt, examples[i].Completion)]
                : [new Completion(examples[i].Prompt, examples[i].Completion), new Completion(examples[i].Prompt, mismatched[i])],
        };
    }

    internal override (MethodData Train, MethodData? Evaluation) Annotate(MethodData train, MethodData? evaluation, LoadedModel model, int maxLength)
    {
        if (Custom is not null || LossType != "bco" || !Loss.HasDensityRatio)
        {
            return (train, evaluation);
        }

        var judged = (UnpairedData)train.Data;
        var heldOut = (UnpairedData?)evaluation?.Data;
        using var classifier = new PromptClassifier(model, maxLength, judged.Examples, judged.Examples.Concat(heldOut?.Examples ?? []));
        return (
            train with { Data = new UnpairedData(classifier.Annotate(judged.Examples)) },
            heldOut is null ? evaluation : evaluation! with { Data = new UnpairedData(classifier.Annotate(heldOut.Examples)) });
    }

    internal override ILoss CreateLoss() => Custom?.Invoke() ?? UnpairedLosses.Create(LossType, Loss);

    /// <summary>A completion of another prompt for each example. A KL that is estimated from the completion itself would be the reward, and cancel it.</summary>
    private int[][] Mismatched(UnpairedDataset set, RunOptions run)
    {
        bool isStep = Loss.KlScope == KlScope.Step;
        int group = isStep ? run.Training.BatchSize * run.Training.AccumulationSteps : run.Training.BatchSize;
        if (group < 2)
        {
            throw new InputException(
                $"{(isStep ? "per_device_train_batch_size x gradient_accumulation_steps" : "per_device_train_batch_size with kl_scope micro_batch")}: "
                + $"expected at least 2, because the KL of kto comes from completions of other prompts, found {group}");
        }

        int count = set.Examples.Length;
        if (count < 2)
        {
            throw new InputException($"kto: expected at least 2 rows, because the KL comes from completions of other prompts, found {count}");
        }

        int[] partners = isStep ? MismatchedPairing.OtherPrompts(set.Examples, group) : MismatchedPairing.Previous(count, group);
        return [.. partners.Select((partner, i) => UnpairedDataset.Cut(set.Examples[i].Prompt, set.Completions[partner], run.MaxLength).Completion)];
    }

    private JsonNode Value(string option) => option switch
    {
        "beta" => Loss.Beta,
        "desirable_weight" => Loss.DesirableWeight,
        "undesirable_weight" => Loss.UndesirableWeight,
        "kl_scope" => Loss.KlScope.ToString().ToLowerInvariant(),
        "udm" => Loss.HasDensityRatio,
        "min_density_ratio" => Loss.MinDensityRatio,
        "max_density_ratio" => Loss.MaxDensityRatio,
        "tau" => Loss.Tau,
        "value_network" => Loss.HasValueNetwork,
        "max_importance_weight" => Loss.MaxImportanceWeight,
        "epsilon" => Loss.Epsilon,
        "negative_weight" => Loss.NegativeWeight,
        "pass_rate_weight" => Loss.PassRateWeight.ToString().ToLowerInvariant(),
        _ => throw new InvalidOperationException($"{LossType}: option {option} has no value to describe"),
    };
}
