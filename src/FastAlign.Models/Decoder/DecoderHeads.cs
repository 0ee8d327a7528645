using FastAlign.Core;

namespace FastAlign.Models;

/// <summary>Derivatives of a loss by what the heads gave; <see cref="Tensor.None"/> where a head did not run.</summary>
/// <param name="LogProb">[R]</param>
/// <param name="Entropy">[R], or none though the head ran.</param>
/// <param name="Scores">[R, labels]</param>
/// <param name="Embeddings">[R, C]</param>
public readonly record struct HeadDerivatives(Tensor LogProb, Tensor Entropy, Tensor Scores, Tensor Embeddings);

/// <summary>
/// The heads that a loss asks for, over one norm of the scored rows: log-probs (a policy), scores (a reward model), both (a policy with a
/// value head), or the normed rows themselves.
/// </summary>
public sealed class DecoderHeads(DecoderModel model)
{
    private readonly LogProbHead _logProb = new(model);
    private readonly ScoreHead _score = new(model);

    /// <summary>Outputs per row of the model's score head; 0 for a language model.</summary>
    public int Labels => model.Weights.Score.Weight.IsNone ? 0 : model.Weights.Score.Weight.Rows;

    /// <summary>[labels, C] weights of the score head ([labels, H] above a hidden layer), or none.</summary>
    public Tensor ScoreWeights => model.Weights.Score.Weight;

    /// <summary>Runs the heads.</summary>
    /// <param name="hidden">[R, C] residual stream of the scored rows.</param>
    /// <param name="batch">Targets, for log-probs.</param>
    /// <param name="heads">Which.</param>
    /// <param name="statistics">What the log-prob head computes besides.</param>
    /// <param name="arena">Results and saved rows lie here.</param>
    /// <param name="temperature">Divides the logits of log-probs; above 0.</param>
    /// <exception cref="InputException">The model has no such head.</exception>
    public HeadActivations Forward(Tensor hidden, in BatchTensors batch, ModelHeads heads, HeadStatistics statistics, Arena arena, double temperature = 1)
    {
        if (Wants(heads, ModelHeads.LogProb) && model.Weights.Head.IsNone)
        {
            throw new InputException("expected a language model, found a reward model: it has no output embedding to take log-probs from");
        }

        if (Wants(heads, ModelHeads.Score | ModelHeads.ScoreWeights) && Labels == 0)
        {
            throw new InputException("expected a reward model, found a language model: it has no score head");
        }

        if (Wants(heads, ModelHeads.ScoreWeights) && !model.Weights.ScoreHidden.Weight.IsNone)
        {
            throw new InputException($"expected a linear score head, whose weights the loss reads, found one with a hidden layer of {model.Weights.ScoreHidden.Weight.Rows}");
        }

        HeadActivations a = Wants(heads, ModelHeads.LogProb)
            ? _logProb.Forward(hidden, batch, statistics, arena, temperature)
            : _logProb.Normalize(hidden, arena);
        return Wants(heads, ModelHeads.Score) ? a with { Scores = _score.Scores(a.Normed, arena) } : a;
    }

    /// <summary>Scores of rows that are normed already, as a trunk that stands still left them.</summary>
    /// <param name="normed">[R, C]</param>
    /// <param name="arena">Scores lie here.</param>
    /// <exception cref="InputException">The model has no score head.</exception>
    public HeadActivations ForwardScores(Tensor normed, Arena arena) => Labels == 0
        ? throw new InputException("expected a reward model, found a language model: it has no score head")
        : new HeadActivations(Tensor.None, normed, Tensor.None, Tensor.None, default) { Scores = _score.Scores(normed, arena) };

    /// <summary>From the derivatives of such scores to the parameters of the score head.</summary>
    /// <param name="a">From <see cref="ForwardScores"/>.</param>
    /// <param name="dScores">[R, labels]</param>
    /// <param name="gradients">Score head, <c>+=</c>.</param>
    /// <param name="arena">Scratch.</param>
    public void BackwardScores(in HeadActivations a, Tensor dScores, DecoderGradients gradients, Arena arena) =>
        _score.RowsBackward(a, dScores, Write.Assign, Tensor.None, gradients, arena);

    /// <summary>From the derivatives to the residual stream and the parameters of the heads. Contributions add up in the order log-probs, scores, rows.</summary>
    /// <param name="a">From forward.</param>
    /// <param name="batch">As forward.</param>
    /// <param name="derivatives">Of every head that ran.</param>
    /// <param name="dHidden">[R, C] output, <c>=</c>.</param>
    /// <param name="gradients">Final norm and heads, <c>+=</c>.</param>
    /// <param name="arena">Scratch.</param>
    /// <param name="temperature">As forward.</param>
    public void Backward(
        in HeadActivations a, in BatchTensors batch, in HeadDerivatives derivatives, Tensor dHidden, DecoderGradients gradients, Arena arena, double temperature = 1)
    {
        long mark = arena.Mark();
        Tensor dNormed = arena.Take(a.Normed.Shape);
        Write write = Write.Assign;
        if (!derivatives.LogProb.IsNone)
        {
            _logProb.RowsBackward(a, batch, derivatives.LogProb, derivatives.Entropy, dNormed, gradients, temperature);
            write = Write.Add;
        }

        if (!derivatives.Scores.IsNone)
        {
            _score.RowsBackward(a, derivatives.Scores, write, dNormed, gradients, arena);
            write = Write.Add;
        }

        if (!derivatives.Embeddings.IsNone)
        {
            AddRows(derivatives.Embeddings, write, dNormed);
        }

        _logProb.NormBackward(a, dNormed, dHidden, gradients);
        arena.Release(mark);
    }

    /// <summary>Adds a derivative by the score head's weights themselves, [labels, C].</summary>
    public void AddScoreWeights(Tensor derivative, DecoderGradients gradients) => model.Backend.Ops.Add(derivative, 1, gradients.Weights.Score.Weight);

    private void AddRows(Tensor rows, Write write, Tensor dNormed)
    {
        if (write == Write.Assign)
        {
            model.Backend.Ops.Copy(rows, dNormed);
        }
        else
        {
            model.Backend.Ops.Add(rows, 1, dNormed);
        }
    }

    private static bool Wants(ModelHeads heads, ModelHeads one) => (heads & one) != 0;
}
