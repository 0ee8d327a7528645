using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>Where a loss writes its derivatives; all are assigned, none accumulates.</summary>
public readonly ref struct LossGradients
{
    /// <summary>[R] derivative by each policy log-prob.</summary>
    public required Span<double> LogProb { get; init; }

    /// <summary>[R] derivative by each entropy, or empty when the caller runs no loss with an entropy term; zeroed by losses without one.</summary>
    public Span<double> Entropy { get; init; }

    /// <exception cref="ShapeException">A span has not <paramref name="rows"/> entries.</exception>
    public void Validate(int rows)
    {
        if (LogProb.Length != rows || (!Entropy.IsEmpty && Entropy.Length != rows))
        {
            throw new ShapeException($"[loss] gradients: expected [{rows}], got [{LogProb.Length}], [{Entropy.Length}]");
        }
    }
}
