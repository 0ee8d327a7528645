using System.Text.Json;
using System.Text.Json.Nodes;
using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.IO.Checkpoints;

namespace FastAlign;

/// <summary>Stands between trainer and run folder: logs every report, writes due checkpoints, restores the newest.</summary>
internal sealed class RunCheckpoints(RunFolder folder, int keep, IRunObserver observer) : ITrainingObserver
{
    public void OnStep(TrainingReport report)
    {
        folder.Append(report);
        observer.OnStep(report);
    }

    public void OnEvaluation(TrainingReport report)
    {
        folder.Append(report);
        observer.OnEvaluation(report);
    }

    public void OnCheckpoint(Trainer trainer)
    {
        TrainerState state = trainer.State;
        var json = new JsonObject
        {
            ["step"] = state.Step,
            ["num_tokens"] = state.Tokens,
            ["best_eval_loss"] = state.BestEvalLoss,
            ["evaluations_without_improvement"] = state.EvaluationsWithoutImprovement,
            ["loss_state"] = new JsonArray([.. state.LossState.Select(value => JsonValue.Create(value))]),
        };
        using JsonDocument document = JsonDocument.Parse(json.ToJsonString());
        observer.OnCheckpoint(TrainingCheckpoint.Save(folder.Path, state.Step, Sets(trainer), document.RootElement, keep));
    }

    /// <summary>Puts weights, moments and counters of the newest checkpoint into the trainer; without one, the run starts over.</summary>
    /// <exception cref="InputException">The checkpoint is damaged.</exception>
    public void Restore(Trainer trainer)
    {
        if (TrainingCheckpoint.Latest(folder.Path) is not { } latest)
        {
            observer.OnMessage("no complete checkpoint in the run folder: starting from the first step");
            folder.TruncateMetrics(0);
            return;
        }

        JsonElement state = TrainingCheckpoint.Load(latest, Sets(trainer));
        JsonElement best = state.GetProperty("best_eval_loss");
        trainer.State = new TrainerState(
            state.GetProperty("step").GetInt32(),
            state.GetProperty("num_tokens").GetInt64(),
            best.ValueKind == JsonValueKind.Null ? null : best.GetDouble(),
            state.GetProperty("evaluations_without_improvement").GetInt32())
        {
            LossState = [.. state.GetProperty("loss_state").EnumerateArray().Select(value => value.GetDouble())],
        };
        folder.TruncateMetrics(trainer.State.Step);
        observer.OnMessage($"resumed from {latest}");
    }

    private static NamedParameters[] Sets(Trainer trainer) =>
    [
        new NamedParameters("weights", trainer.Parameters),
        new NamedParameters("first_moment", trainer.Optimizer.FirstMoment),
        new NamedParameters("second_moment", trainer.Optimizer.SecondMoment),
        .. trainer.ValueNetwork is { } values
            ? [
                new NamedParameters("value_weights", values.Parameters),
                new NamedParameters("value_first_moment", values.Optimizer.FirstMoment),
                new NamedParameters("value_second_moment", values.Optimizer.SecondMoment),
            ]
            : Array.Empty<NamedParameters>(),
        .. trainer.MovingReference is { } reference ? [new NamedParameters("reference", reference)] : Array.Empty<NamedParameters>(),
    ];
}
