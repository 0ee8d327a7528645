namespace FastAlign.Alignment;

/// <summary>Everything a run must remember besides weights and moments. Data order and random streams are functions of <see cref="Step"/>.</summary>
/// <param name="Step">Optimizer steps done.</param>
/// <param name="Tokens">Tokens seen, as <c>num_tokens</c> counts them.</param>
/// <param name="BestEvalLoss">Lowest <c>eval_loss</c> so far; null before the first evaluation.</param>
/// <param name="EvaluationsWithoutImprovement">Evaluations since then.</param>
public sealed record TrainerState(int Step = 0, long Tokens = 0, double? BestEvalLoss = null, int EvaluationsWithoutImprovement = 0)
{
    /// <summary>What a stateful loss remembers; empty for others.</summary>
    public IReadOnlyList<double> LossState { get; init; } = [];
}

/// <summary>Why a run ended.</summary>
public enum TrainingEnd
{
    /// <summary>All steps were done.</summary>
    Completed,

    /// <summary><c>eval_loss</c> did not improve for <c>early_stopping_patience</c> evaluations.</summary>
    StoppedEarly,

    /// <summary>Cancelled; a checkpoint was written.</summary>
    Interrupted,
}

/// <summary>One figure by name.</summary>
/// <param name="Name">As in TRL.</param>
/// <param name="Value">The figure.</param>
public readonly record struct NamedValue(string Name, double Value);

/// <summary>What happened in a step or an evaluation.</summary>
/// <param name="Step">Optimizer steps done.</param>
/// <param name="TotalSteps">Of the whole run.</param>
/// <param name="Epoch">Passes over the data done, as a fraction.</param>
/// <param name="Values">Loss, gradient norm, rate, metrics.</param>
public sealed record TrainingReport(int Step, int TotalSteps, double Epoch, IReadOnlyList<NamedValue> Values)
{
    /// <summary>The figure called <paramref name="name"/>.</summary>
    public double this[string name]
    {
        get
        {
            foreach (NamedValue value in Values)
            {
                if (value.Name == name)
                {
                    return value.Value;
                }
            }

            throw new KeyNotFoundException(name);
        }
    }
}

/// <summary>Watches a run; called on the training thread.</summary>
public interface ITrainingObserver
{
    /// <summary>After every optimizer step.</summary>
    void OnStep(TrainingReport report);

    /// <summary>After every evaluation; names start with <c>eval_</c>.</summary>
    void OnEvaluation(TrainingReport report);

    /// <summary>When a checkpoint is due: after every <c>save_steps</c> steps, at the end, and on interruption. Weights and moments may be read.</summary>
    void OnCheckpoint(Trainer trainer);
}
