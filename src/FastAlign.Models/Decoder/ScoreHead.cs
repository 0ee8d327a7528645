using FastAlign.Core;

namespace FastAlign.Models;

/// <summary>A linear head on chosen tokens: one score (reward model) or several labels (process reward model). Which tokens is explicit, never "the last that is not padding".</summary>
public sealed class ScoreHead(DecoderModel model)
{
    private readonly LogProbHead _head = new(model);

    /// <summary>Scores [R, labels] of the batch's sources.</summary>
    /// <param name="hidden">[N, C] residual stream.</param>
    /// <param name="batch">Sources; targets are not read.</param>
    /// <param name="arena">Results and saved rows lie here.</param>
    public (HeadActivations Saved, Tensor Scores) Forward(Tensor hidden, in BatchTensors batch, Arena arena)
    {
        HeadActivations saved = _head.Normalize(hidden, batch.Sources, arena);
        LinearWeights w = model.Weights.Score;
        Tensor scores = arena.Take(new Shape(batch.Sources.Rows, w.Weight.Rows));
        model.Backend.Ops.LinearForward(saved.Normed, w.Weight, w.Bias, Tensor.None, scores);
        return (saved, scores);
    }

    /// <summary>From the gradient of the scores to the residual stream and the head's parameters.</summary>
    /// <param name="saved">From forward.</param>
    /// <param name="batch">As forward.</param>
    /// <param name="dScores">[R, labels].</param>
    /// <param name="dHidden">[N, C] output, <c>=</c>.</param>
    /// <param name="gradients">Final norm and head, <c>+=</c>.</param>
    /// <param name="arena">Scratch.</param>
    public void Backward(in HeadActivations saved, in BatchTensors batch, Tensor dScores, Tensor dHidden, DecoderGradients gradients, Arena arena)
    {
        IOps ops = model.Backend.Ops;
        long mark = arena.Mark();
        Tensor dNormed = arena.Take(saved.Normed.Shape);
        ops.LinearBackwardWeight(saved.Normed, dScores, gradients.Weights.Score.Weight, gradients.Weights.Score.Bias);
        ops.LinearBackwardInput(dScores, model.Weights.Score.Weight, Write.Assign, dNormed);
        _head.NormBackward(saved, batch.Sources, dNormed, dHidden, gradients, arena);
        arena.Release(mark);
    }
}
