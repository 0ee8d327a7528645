using FastAlign.Core;

namespace FastAlign.Models;

/// <summary>
/// A head on chosen tokens: one score (reward model) or several labels (process reward model), linear in the row x [C] after the final norm or with one hidden
/// layer of H units:
/// <code>
/// scores = W x (+ b)
/// scores = W silu(W1 x + b1) (+ b),    silu(z) = z / (1 + e^-z)
/// </code>
/// W is [labels, C] or [labels, H], W1 [H, C]. Which tokens is explicit, never "the last that is not padding".
/// </summary>
/// <remarks>The hidden layer is computed again in backward: nothing of it is kept between the passes.</remarks>
public sealed class ScoreHead(DecoderModel model)
{
    private readonly LogProbHead _head = new(model);

    /// <summary>Scores [R, labels] of the scored rows.</summary>
    /// <param name="hidden">[R, C] residual stream.</param>
    /// <param name="arena">Results and saved rows lie here.</param>
    public (HeadActivations Saved, Tensor Scores) Forward(Tensor hidden, Arena arena)
    {
        HeadActivations saved = _head.Normalize(hidden, arena);
        return (saved, Scores(saved.Normed, arena));
    }

    /// <summary>From the gradient of the scores to the residual stream and the head's parameters.</summary>
    /// <param name="saved">From forward.</param>
    /// <param name="dScores">[R, labels].</param>
    /// <param name="dHidden">[R, C] output, <c>=</c>.</param>
    /// <param name="gradients">Final norm and head, <c>+=</c>.</param>
    /// <param name="arena">Scratch.</param>
    public void Backward(in HeadActivations saved, Tensor dScores, Tensor dHidden, DecoderGradients gradients, Arena arena)
    {
        long mark = arena.Mark();
        Tensor dNormed = arena.Take(saved.Normed.Shape);
        RowsBackward(saved, dScores, Write.Assign, dNormed, gradients, arena);
        _head.NormBackward(saved, dNormed, dHidden, gradients);
        arena.Release(mark);
    }

    /// <summary>Scores [R, labels] of rows after the final norm [R, C].</summary>
    internal Tensor Scores(Tensor normed, Arena arena)
    {
        LinearWeights w = model.Weights.Score;
        Tensor scores = arena.Take(new Shape(normed.Rows, w.Weight.Rows));
        long mark = arena.Mark();
        Tensor x = normed;
        if (!model.Weights.ScoreHidden.Weight.IsNone)
        {
            x = BeforeActivation(normed, arena);
            Ops.ActivationForward(Activation.Silu, x, x);
        }

        Ops.LinearForward(x, w.Weight, w.Bias, Tensor.None, scores);
        arena.Release(mark);
        return scores;
    }

    /// <summary>From the gradient of the scores to the head's parameters (<c>+=</c>) and the normed rows.</summary>
    /// <param name="saved">From forward.</param>
    /// <param name="dScores">[R, labels]</param>
    /// <param name="write">Assign or add to <paramref name="dNormed"/>.</param>
    /// <param name="dNormed">[R, C], or none where the rows stand still.</param>
    /// <param name="gradients">Head, <c>+=</c>.</param>
    /// <param name="arena">Scratch.</param>
    internal void RowsBackward(in HeadActivations saved, Tensor dScores, Write write, Tensor dNormed, DecoderGradients gradients, Arena arena)
    {
        LinearWeights first = model.Weights.ScoreHidden;
        if (first.Weight.IsNone)
        {
            LinearBackward(saved.Normed, dScores, model.Weights.Score, gradients.Weights.Score, write, dNormed);
            return;
        }

        long mark = arena.Mark();
        Tensor z = BeforeActivation(saved.Normed, arena);
        Tensor hidden = arena.Take(z.Shape);
        Tensor dHidden = arena.Take(z.Shape);
        Ops.ActivationForward(Activation.Silu, z, hidden);
        LinearBackward(hidden, dScores, model.Weights.Score, gradients.Weights.Score, Write.Assign, dHidden);
        Ops.ActivationBackward(Activation.Silu, z, dHidden, dHidden);
        LinearBackward(saved.Normed, dHidden, first, gradients.Weights.ScoreHidden, write, dNormed);
        arena.Release(mark);
    }

    private IOps Ops => model.Backend.Ops;

    /// <summary><c>W1 x + b1</c>, [R, H].</summary>
    private Tensor BeforeActivation(Tensor normed, Arena arena)
    {
        LinearWeights w = model.Weights.ScoreHidden;
        Tensor z = arena.Take(new Shape(normed.Rows, w.Weight.Rows));
        Ops.LinearForward(normed, w.Weight, w.Bias, Tensor.None, z);
        return z;
    }

    private void LinearBackward(Tensor x, Tensor dy, LinearWeights w, LinearWeights gradient, Write write, Tensor dx)
    {
        Ops.LinearBackwardWeight(x, dy, gradient.Weight, gradient.Bias);
        if (!dx.IsNone)
        {
            Ops.LinearBackwardInput(dy, w.Weight, write, dx);
        }
    }
}
