using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>Where a loss writes its derivatives; all are assigned, none accumulates.</summary>
public readonly ref struct LossGradients
{
    /// <summary>[R] derivative by each policy log-prob; empty where the log-prob head does not run.</summary>
    public required Span<double> LogProb { get; init; }

    /// <summary>[R, labels] derivative by each score; empty where the score head does not run.</summary>
    public Span<double> Scores { get; init; }

    /// <summary>[R, C] derivative by the normed rows; empty where the loss does not read them.</summary>
    public Span<double> Embeddings { get; init; }

    /// <summary>[labels, C] derivative by the weights of the score head, beside that through <see cref="Scores"/>; empty where the loss does not read them.</summary>
    public Span<double> ScoreWeights { get; init; }

    /// <summary>[R] derivative by each entropy, or empty when the caller runs no loss with an entropy term; zeroed by losses without one.</summary>
    public Span<double> Entropy { get; init; }

    /// <summary>[R] derivative by each divergence, or empty; assigned by distillation losses.</summary>
    public Span<double> Divergence { get; init; }

    /// <summary>[R] derivative by each <see cref="LossInputs.TemperedLogProb"/>, or empty; assigned by distillation losses.</summary>
    public Span<double> TemperedLogProb { get; init; }

    /// <exception cref="ShapeException">A span has not <paramref name="rows"/> entries.</exception>
    public void Validate(int rows)
    {
        if (LogProb.Length != rows || (!Entropy.IsEmpty && Entropy.Length != rows))
        {
            throw new ShapeException($"[loss] gradients: expected [{rows}], got [{LogProb.Length}], [{Entropy.Length}]");
        }
    }

    /// <summary>Checks the derivatives of a loss that reads scores: <see cref="Validate"/> is for those that read log-probs.</summary>
    /// <exception cref="ShapeException">There is not one derivative for each score.</exception>
    public void ValidateScores(int rows, int labels)
    {
        if (Scores.Length != rows * labels)
        {
            throw new ShapeException($"[loss] gradients.scores: expected [{rows}, {labels}], got [{Scores.Length}]");
        }
    }
}
