using System.Text.Json.Nodes;
using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.IO.Checkpoints;
using FastAlign.IO.Datasets;

namespace FastAlign;

/// <summary>A process reward model from chains of labelled reasoning steps.</summary>
public sealed record StepMethod : TrainingMethod
{
    /// <summary>Separator, lengths, which steps are labelled; the run's <c>max_length</c> counts.</summary>
    public StepOptions Steps { get; init; } = new();

    /// <summary>Classes of a new head, at least 2. <c>num_labels</c></summary>
    public int Labels { get; init; } = 2;

    internal override string Name => "prm";

    internal override bool NeedsReference => false;

    internal override void Describe(JsonObject settings)
    {
        settings["step_separator"] = Steps.Separator;
        settings["max_completion_length"] = Steps.MaxCompletionLength;
        settings["train_on_last_step_only"] = Steps.IsLastStepOnly;
        settings["num_labels"] = Labels;
    }

    internal override LoadedModel Load(RunOptions run, Backend backend)
    {
        if (Labels < 2)
        {
            throw new InputException($"num_labels: expected at least 2, found {Labels}");
        }

        LoadedModel model = HfCheckpoint.Load(run.Model, backend);
        return model.Score switch
        {
            null => NewScoreHead.Attach(model, Labels, ScoreHeadKind.TokenClassification, run.Training.Seed),
            { Labels: var found } when found == Labels => model,
            { Labels: var found } => throw new InputException($"num_labels: expected {found}, the head of {run.Model}, found {Labels}"),
        };
    }

    internal override MethodData Read(DataRow[] rows, RowTokenizer tokenizer, RunOptions run) => Read(rows, tokenizer, Steps with { MaxLength = run.MaxLength });

    /// <summary>All steps are labelled, as in TRL.</summary>
    internal override MethodData ReadEvaluation(DataRow[] rows, RowTokenizer tokenizer, RunOptions run) =>
        Read(rows, tokenizer, Steps with { MaxLength = run.MaxLength, IsLastStepOnly = false });

    internal override ILoss CreateLoss() => new StepLabelLoss();

    private MethodData Read(DataRow[] rows, RowTokenizer tokenizer, StepOptions options)
    {
        StepDataset set = StepDataset.Build(rows, tokenizer.Tokenizer, options);
        return set.Labels <= Labels
            ? new MethodData(new StepData(set.Examples), new LintReport([]), set.Examples.Max(e => e.Ids.Length), [])
            : throw new InputException($"num_labels: expected at least {set.Labels}, the classes of the data, found {Labels}");
    }
}
