using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>
/// A loss of the scored rows: a pure function of log-probs (or of scores), its gradient, and what it reports. Implementations keep buffers that grow to the largest
/// micro-batch and are then reused, so a steady-state call allocates nothing; one instance serves one thread.
/// </summary>
public interface ILoss
{
    /// <summary>Name as in TRL's <c>loss_type</c>.</summary>
    string Name { get; }

    /// <summary>Whether <see cref="LossInputs.ReferenceLogProb"/> must be given.</summary>
    bool NeedsReference { get; }

    /// <summary>
    /// Whether what one sequence contributes depends on the others of its step (sorting, batch means, quantiles). The trainer then shows it all rows of the
    /// step at once, so that the step's gradient does not depend on how it was cut into micro-batches.
    /// </summary>
    bool IsCoupled => false;

    /// <summary>What the loss reads off the scored rows, and so what is computed: log-probs unless it says otherwise.</summary>
    ModelHeads Heads => ModelHeads.LogProb;

    /// <summary>Options that this loss, in its dialect, does not use though they are set: to be shown to the user before training.</summary>
    IReadOnlyList<string> Warnings { get; }

    /// <summary>
    /// Contribution of one micro-batch to the loss of the step: the contributions of its micro-batches add up to the loss, their gradients to its gradient.
    /// </summary>
    /// <param name="inputs">Log-probs and friends of the micro-batch.</param>
    /// <param name="step">Counts over all micro-batches of the optimizer step.</param>
    /// <param name="gradients">Assigned.</param>
    /// <param name="metrics">Receives this micro-batch's figures.</param>
    /// <returns>The contribution, in the unit of the loss (nats for log-likelihoods and logistic losses).</returns>
    /// <exception cref="Core.ShapeException">Spans do not fit together, or a needed one is empty.</exception>
    double Evaluate(in LossInputs inputs, StepCounts step, in LossGradients gradients, MetricAccumulator metrics);
}
