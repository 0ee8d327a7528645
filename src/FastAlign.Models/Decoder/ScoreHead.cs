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
        return (saved, Scores(saved.Normed, arena));
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
        long mark = arena.Mark();
        Tensor dNormed = arena.Take(saved.Normed.Shape);
        RowsBackward(saved, dScores, Write.Assign, dNormed, gradients);
        _head.NormBackward(saved, batch.Sources, dNormed, dHidden, gradients, arena);
        arena.Release(mark);
    }

    /// <summary>Scores [R, labels] of rows after the final norm [R, C].</summary>
    internal Tensor Scores(Tensor normed, Arena arena)
    {
        LinearWeights w = model.Weights.Score;
        Tensor scores = arena.Take(new Shape(normed.Rows, w.Weight.Rows));
        model.Backend.Ops.LinearForward(normed, w.Weight, w.Bias, Tensor.None, scores);
        return scores;
    }

    /// <summary>From the gradient of the scores to that of the normed rows [R, C] (assigned or added) and the head's parameters (<c>+=</c>).</summary>
    internal void RowsBackward(in HeadActivations saved, Tensor dScores, Write write, Tensor dNormed, DecoderGradients gradients)
    {
        WeightsBackward(saved, dScores, gradients);
        model.Backend.Ops.LinearBackwardInput(dScores, model.Weights.Score.Weight, write, dNormed);
    }

    /// <summary>From the gradient of the scores to the head's parameters (<c>+=</c>) alone.</summary>
    internal void WeightsBackward(in HeadActivations saved, Tensor dScores, DecoderGradients gradients) =>
        model.Backend.Ops.LinearBackwardWeight(saved.Normed, dScores, gradients.Weights.Score.Weight, gradients.Weights.Score.Bias);
}
