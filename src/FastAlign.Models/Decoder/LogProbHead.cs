using FastAlign.Core;

namespace FastAlign.Models;

/// <summary>Which numbers per scored row are wanted besides log-prob and log-normaliser.</summary>
[Flags]
public enum HeadStatistics
{
    None = 0,
    Entropy = 1,
    LogSumSquares = 2,
    MeanLogit = 4,
    ArgMax = 8,
}

/// <summary>What the head keeps for its backward pass.</summary>
/// <param name="Rows">[R, C] residual stream of the scored rows.</param>
/// <param name="Normed">[R, C] after the final norm.</param>
/// <param name="Mean">[R] row means of the final norm; none for RMS norm.</param>
/// <param name="Rstd">[R] reciprocal deviations of the final norm.</param>
/// <param name="Outputs">Results.</param>
public readonly record struct HeadActivations(Tensor Rows, Tensor Normed, Tensor Mean, Tensor Rstd, HeadOutputs Outputs)
{
    /// <summary>[R, labels] of the score head, where it ran beside or instead of the log-prob head.</summary>
    public Tensor Scores { get; init; }
}

/// <summary>
/// Final norm and output embedding over the scored rows only: residual stream in, log-probs out. Prompt tokens never meet the vocabulary, and no
/// [R, V] tensor exists.
/// </summary>
public sealed class LogProbHead(DecoderModel model)
{
    private readonly Norm _norm = new(model.Spec.Norm, model.Spec.NormSpec);

    /// <summary>
    /// Whether the output embedding stands still: forward then keeps the slope of each log-prob ([R, C]), and backward computes no logit again. Only log-probs have
    /// gradients; the embedding's own is not touched.
    /// </summary>
    public bool IsFrozen { get; init; }

    /// <summary>Log-probs of the batch's targets.</summary>
    /// <param name="hidden">[R, C] residual stream of the scored rows.</param>
    /// <param name="batch">Targets.</param>
    /// <param name="statistics">What else to compute.</param>
    /// <param name="arena">Results and saved rows lie here.</param>
    /// <param name="temperature">Divides the logits; above 0.</param>
    public HeadActivations Forward(Tensor hidden, in BatchTensors batch, HeadStatistics statistics, Arena arena, double temperature = 1)
    {
        int r = hidden.Rows;
        var perRow = new Shape(r);
        var outputs = new HeadOutputs(
            arena.Take(perRow),
            arena.Take(perRow),
            Wants(statistics, HeadStatistics.Entropy) ? arena.Take(perRow) : Tensor.None,
            Wants(statistics, HeadStatistics.LogSumSquares) ? arena.Take(perRow) : Tensor.None,
            Wants(statistics, HeadStatistics.MeanLogit) ? arena.Take(perRow) : Tensor.None,
            Wants(statistics, HeadStatistics.ArgMax) ? arena.Take(perRow, DType.I32) : Tensor.None)
        {
            Slope = IsFrozen ? arena.Take(hidden.Shape) : Tensor.None,
        };
        HeadActivations a = Normalize(hidden, arena) with { Outputs = outputs };
        model.Backend.Ops.LogProbHeadForward(Inputs(a, batch), SpecAt(temperature), outputs);
        return a;
    }

    /// <summary>Final norm of the scored rows: what every head starts with.</summary>
    public HeadActivations Normalize(Tensor hidden, Arena arena)
    {
        Tensor normed = arena.Take(hidden.Shape);
        NormStatistics statistics = NormStatistics.Take(model.Spec.Norm, hidden.Rows, arena);
        _norm.Forward(model.Backend.Ops, hidden, model.Weights.FinalNorm, normed, statistics);
        return new HeadActivations(hidden, normed, statistics.Mean, statistics.Rstd, default);
    }

    /// <summary>The rows with the output embedding that they meet: what ops over a vocabulary read.</summary>
    /// <param name="a">From <see cref="Forward"/>, or from <see cref="Normalize"/>: then without log-normalisers.</param>
    public VocabularyRows Rows(in HeadActivations a) => new(a.Normed, model.Weights.Head, Tensor.None, a.Outputs.LogZ);

    /// <summary>Where such ops put the rows' gradient (<c>=</c>) and that of the output embedding (<c>+=</c>).</summary>
    public static VocabularyGradients RowGradients(Tensor dNormed, DecoderGradients gradients) =>
        new(Write.Assign, dNormed, gradients.Weights.Head, Tensor.None);

    /// <summary>All logits of few rows, for sampling: [R, V], before scale, cap and temperature.</summary>
    /// <param name="normed">[R, C] after the final norm.</param>
    /// <param name="logits">[R, V] output.</param>
    public void Logits(Tensor normed, Tensor logits) =>
        model.Backend.Ops.LinearForward(normed, model.Weights.Head, Tensor.None, Tensor.None, logits);

    /// <summary>From <c>dLogp</c> (and <c>dEntropy</c>) to the residual stream and the head's parameters.</summary>
    /// <param name="a">From forward.</param>
    /// <param name="batch">As forward.</param>
    /// <param name="dLogProb">[R]</param>
    /// <param name="dEntropy">[R] or none.</param>
    /// <param name="dHidden">[R, C] output, <c>=</c>.</param>
    /// <param name="gradients">Final norm and output embedding, <c>+=</c>.</param>
    /// <param name="arena">Scratch.</param>
    /// <param name="temperature">As forward.</param>
    public void Backward(
        in HeadActivations a, in BatchTensors batch, Tensor dLogProb, Tensor dEntropy, Tensor dHidden, DecoderGradients gradients, Arena arena, double temperature = 1)
    {
        long mark = arena.Mark();
        Tensor dNormed = arena.Take(a.Normed.Shape);
        RowsBackward(a, batch, dLogProb, dEntropy, dNormed, gradients, temperature);
        NormBackward(a, dNormed, dHidden, gradients);
        arena.Release(mark);
    }

    /// <summary>From <c>dLogp</c> (and <c>dEntropy</c>) to the normed rows [R, C] (<c>=</c>) and the output embedding (<c>+=</c>).</summary>
    internal void RowsBackward(
        in HeadActivations a, in BatchTensors batch, Tensor dLogProb, Tensor dEntropy, Tensor dNormed, DecoderGradients gradients, double temperature = 1)
    {
        var slots = new HeadGradients(dLogProb, dEntropy, dNormed, IsFrozen ? Tensor.None : gradients.Weights.Head, Tensor.None);
        model.Backend.Ops.LogProbHeadBackward(Inputs(a, batch), SpecAt(temperature), a.Outputs, slots);
    }

    /// <summary>From the gradient after the final norm to the residual stream: what every head ends with.</summary>
    internal void NormBackward(in HeadActivations a, Tensor dNormed, Tensor dHidden, DecoderGradients gradients) => _norm.Backward(
        model.Backend.Ops, a.Rows, model.Weights.FinalNorm, new NormStatistics(a.Mean, a.Rstd), dNormed, Write.Assign, dHidden, gradients.Weights.FinalNorm);

    /// <summary><see cref="Enum.HasFlag"/> boxes both sides until the loop around it is optimised: a step must not allocate.</summary>
    private static bool Wants(HeadStatistics statistics, HeadStatistics one) => (statistics & one) != 0;

    private HeadInputs Inputs(in HeadActivations a, in BatchTensors batch) => new(a.Normed, model.Weights.Head, Tensor.None, batch.Targets);

    private HeadSpec SpecAt(double temperature) => model.Spec.Head with { Temperature = temperature };
}
