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

    /// <summary>dro: checkpoint that the value network starts from; null for the policy's own. <c>value_model</c></summary>
    public string? ValueModel { get; init; }

    /// <summary>dro: factor of the learning rate for the value network, at least 0. <c>value_learning_rate_ratio</c></summary>
    public double ValueRateRatio { get; init; } = 1;

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

    internal override string? ValueFolder(RunOptions run) => Custom is null && LossType == "dro" && Loss.HasValueNetwork ? ValueModel ?? run.Model : null;

    internal override ValueOptions Values => ValueRateRatio is >= 0 and < double.PositiveInfinity
        ? new ValueOptions(Loss.Tau, ValueRateRatio)
        : throw new InputException($"value_learning_rate_ratio: expected a number of at least 0, found {ValueRateRatio}");

    internal override MethodData Read(DataRow[] rows, RowTokenizer tokenizer, RunOptions run)
    {
        if (run.Truncation != TruncationMode.KeepStart)
        {
            throw new InputException($"truncation_mode: expected keep_start with {Name}, found keep_end");
        }

        UnpairedDataset set = UnpairedDataset.Build(rows, tokenizer, run.MaxLength);
        UnpairedExample[] examples = set.Examples;
        UnpairedData data = Custom is null && LossType == "kto" ? WithMismatched(set, run) : new UnpairedData(examples);
        return new MethodData(data, set.Lint, Longest(set, data, run), [.. examples.Take(ShownPrompts).Select(e => e.Prompt)])
        {
            Completions = i => data.MismatchedOf(i) is { } mismatched
                ? [new Completion(examples[i].Prompt, examples[i].Completion), new Completion(examples[i].Prompt, mismatched)]
                : [new Completion(examples[i].Prompt, examples[i].Completion)],
        };
    }

    internal override (MethodData Train, MethodData? Evaluation) Annotate(
        MethodData train, MethodData? evaluation, LoadedModel model, int maxLength, RunOptions run)
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

    /// <summary>With a completion of another prompt for each example. A KL that is estimated from the completion itself would be the reward, and cancel it.</summary>
    private UnpairedData WithMismatched(UnpairedDataset set, RunOptions run)
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

        // TRL pairs the rows of the file before it shuffles them, a micro-batch at a time.
        return isStep
            ? new UnpairedData(set.Examples, After)
            : new UnpairedData(set.Examples, [.. MismatchedPairing.Previous(count, group).Select((partner, i) => After(i, partner))]);

        int[] After(int example, int partner) => UnpairedDataset.Cut(set.Examples[example].Prompt, set.Completions[partner], run.MaxLength).Completion;
    }

    /// <summary>The longest sequence of any step of the run.</summary>
    private static int Longest(UnpairedDataset set, UnpairedData data, RunOptions run)
    {
        UnpairedExample[] examples = set.Examples;
        int longest = Enumerable.Range(0, examples.Length).Max(i => examples[i].Prompt.Length + Math.Max(examples[i].Completion.Length, data.MismatchedOf(i)?.Length ?? 0));
        if (data.MismatchedOf(0) is null)
        {
            return longest;
        }

        int whole = examples.Max(example => example.Prompt.Length) + set.Completions.Max(completion => completion.Length);
        return Math.Max(longest, Math.Min(whole, run.MaxLength ?? whole));
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
        "value_learning_rate_ratio" => ValueRateRatio,
        "max_importance_weight" => Loss.MaxImportanceWeight,
        "epsilon" => Loss.Epsilon,
        "negative_weight" => Loss.NegativeWeight,
        "pass_rate_weight" => Loss.PassRateWeight.ToString().ToLowerInvariant(),
        _ => throw new InvalidOperationException($"{LossType}: option {option} has no value to describe"),
    };
}
