namespace FastAlign.Alignment;

/// <summary>
/// A loss that remembers something from step to step (a running mean, an adaptive coefficient): part of every checkpoint, so that resume is exact.
/// Each evaluation of a training step moves the memory on.
/// </summary>
public interface IStatefulLoss : ILoss
{
    /// <summary>What it remembers, as numbers in an order of its own; set to go on from a checkpoint.</summary>
    /// <exception cref="Core.InputException">Not as many numbers as it keeps.</exception>
    IReadOnlyList<double> State { get; set; }

    /// <summary>The same loss on the same memory, which it reads and never moves: for the evaluation set.</summary>
    ILoss ForEvaluation();
}
