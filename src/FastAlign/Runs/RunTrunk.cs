using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.IO.Checkpoints;
using FastAlign.Models;

namespace FastAlign;

/// <summary>
/// A reward model whose trunk stands still: hidden states of the scored tokens are computed once and kept on disk; what learns is a model of no layers, whose
/// score head is put back into the whole one at the end.
/// </summary>
internal sealed class RunTrunk : IDisposable
{
    private readonly LoadedModel _whole;
    private readonly int _maxLength;

    /// <param name="whole">Trunk and head; not owned.</param>
    /// <param name="maxLength">Longest sequence.</param>
    /// <param name="loss">Must read scores alone.</param>
    /// <exception cref="InputException">The loss reads more than scores.</exception>
    public RunTrunk(LoadedModel whole, int maxLength, ILoss loss)
    {
        if (loss.Heads != ModelHeads.Score)
        {
            throw new InputException($"frozen_trunk: expected a loss that reads scores alone, found {loss.Name}");
        }

        (_whole, _maxLength) = (whole, maxLength);
        DecoderSpec spec = whole.Spec with { Layers = 0, Vocab = 1, Rotary = null, HasLearnedPositions = false, Windows = [] };
        var parameters = new ParameterSet(whole.Parameters.Backend, DecoderParameters.Of(spec, whole.Score));
        Head = whole with { Spec = spec, Parameters = parameters };
        CopyHead(whole.Parameters, parameters);
    }

    /// <summary>What is trained.</summary>
    public LoadedModel Head { get; }

    /// <summary>Rows of the same cost, for a plan; not to be trained on.</summary>
    public EmbeddedRows Planned(MethodData data) => new(_whole.Spec.Hidden, [], TrunkBytes, Preparation(data.Data));

    /// <summary>The rows, from the file where there is one.</summary>
    /// <param name="data">Examples.</param>
    /// <param name="folder">Where the file lies.</param>
    /// <param name="observer">Told where rows come from.</param>
    public EmbeddedRows For(MethodData data, string folder, IRunObserver observer)
    {
        TokenBatch[] batches = [.. Enumerable.Range(0, data.Data.Count).Select(i => data.Data.Build([i]))];
        int[] lengths = [.. batches.Select(batch => batch.RowCount * _whole.Spec.Hidden)];
        UInt128 trunk = ParameterHash.Of(_whole.Parameters, static spec => !DecoderParameters.IsOfScoreHead(spec.Name));
        string path = Path.Combine(folder, EmbeddingFile.NameOf(trunk, _whole.Parameters.Backend.NumericsId, batches));
        float[][]? rows = EmbeddingFile.Read(path, lengths);
        observer.OnMessage(rows is null ? $"embeddings: computing {batches.Length} examples into {path}" : $"embeddings: {batches.Length} examples found in {path}");
        if (rows is null)
        {
            Directory.CreateDirectory(folder);
            rows = Compute(batches, data.Data);
            EmbeddingFile.Write(path, rows);
        }

        return new EmbeddedRows(_whole.Spec.Hidden, rows, TrunkBytes, Preparation(data.Data));
    }

    /// <summary>Puts the trained head into the whole model.</summary>
    public void PutBack() => CopyHead(Head.Parameters, _whole.Parameters);

    public void Dispose() => Head.Dispose();

    private long TrunkBytes => _whole.Parameters.ByteLength;

    private static void CopyHead(ParameterSet from, ParameterSet to)
    {
        foreach (ParameterSpec spec in from.Specs.Where(spec => DecoderParameters.IsOfScoreHead(spec.Name)))
        {
            from.Backend.Ops.Copy(from[spec.Name], to[spec.Name]);
        }
    }

    private float[][] Compute(TokenBatch[] batches, ITrainingData data)
    {
        Backend backend = _whole.Parameters.Backend;
        using var model = new DecoderModel(_whole.Spec, _whole.Parameters, _maxLength);
        using var arena = new Arena(backend, ArenaBytes(data));
        return [.. batches.Select(batch => Array.ConvertAll(Forward(batch, model, arena), value => (float)value))];
    }

    private static double[] Forward(TokenBatch batch, DecoderModel model, Arena arena)
    {
        arena.Reset();
        var tensors = BatchTensors.Upload(batch, arena);
        Tensor hidden = model.Forward(tensors, ActivationMode.None, new DecoderActivations(), arena);
        Tensor normed = new LogProbHead(model).Normalize(hidden, arena).Normed;
        double[] rows = new double[normed.Length];
        model.Backend.DownloadReal(normed, rows);
        return rows;
    }

    private long ArenaBytes(ITrainingData data) => Measure(data).Arena;

    private long Preparation(ITrainingData data)
    {
        (long arena, long tables) = Measure(data);
        return arena + tables;
    }

    /// <summary>A dry run on nothing of the largest examples.</summary>
    private (long Arena, long Tables) Measure(ITrainingData data)
    {
        using var nothing = new NullBackend(_whole.Parameters.Backend);
        using var weights = new ParameterSet(nothing, _whole.Parameters.Specs);
        long before = nothing.LiveBytes;
        using var twin = new DecoderModel(_whole.Spec, weights, _maxLength);
        long tables = nothing.LiveBytes - before;
        using var arena = new Arena(nothing, Arena.Unlimited);
        TokenBatch[] batches = [.. Enumerable.Range(0, data.Count).Select(i => data.Build([i]))];
        foreach (TokenBatch batch in (TokenBatch[])[batches.MaxBy(batch => batch.TokenCount)!, batches.MaxBy(batch => batch.RowCount)!])
        {
            Forward(batch, twin, arena);
        }

        return (arena.HighWaterBytes, tables);
    }
}
