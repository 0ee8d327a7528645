using FastAlign.Core;

namespace FastAlign.Models;

/// <summary>What the forward pass keeps for the backward pass.</summary>
public enum ActivationMode
{
    /// <summary>Nothing: reference, evaluation, prefill. Memory does not grow with the number of layers.</summary>
    None,

    /// <summary>Each layer's projections: the fastest backward.</summary>
    Save,

    /// <summary>Each layer's input only; the layer is run forward again in backward. Gradients have the same bits as with <see cref="Save"/>.</summary>
    Recompute,
}

/// <summary>
/// A decoder language model up to the residual stream of its scored rows: embedding and layers, forward and backward. The heads (<see cref="LogProbHead"/>,
/// <see cref="ScoreHead"/>) take it from there.
/// </summary>
public sealed class DecoderModel : IDisposable
{
    private readonly DecoderWeights _weights;
    private readonly DecoderLayer[] _layers;
    private readonly Tensor _rotaryTable;

    /// <param name="spec">The architecture.</param>
    /// <param name="parameters">Weights; not owned.</param>
    /// <param name="maxLength">Longest sequence that will be run: rows of the rotary table. At most <c>MaxPositions</c> with learned positions.</param>
    public DecoderModel(DecoderSpec spec, ParameterSet parameters, int maxLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxLength);
        if (spec.HasLearnedPositions && maxLength > spec.MaxPositions)
        {
            throw new InputException($"length {maxLength}: the model has learned positions for {spec.MaxPositions} tokens");
        }

        Spec = spec;
        MaxLength = maxLength;
        Parameters = parameters;
        _weights = new DecoderWeights(spec, parameters);
        _rotaryTable = spec.Rotary is { } rotary ? RotaryTable.Create(parameters.Backend, rotary, maxLength) : Tensor.None;
        _layers = new DecoderLayer[spec.Layers];
        for (int i = 0; i < _layers.Length; i++)
        {
            _layers[i] = new DecoderLayer(spec, i, _weights.Layers[i], _rotaryTable);
        }
    }

    public DecoderSpec Spec { get; }

    public int MaxLength { get; }

    public ParameterSet Parameters { get; }

    public Backend Backend => Parameters.Backend;

    internal DecoderWeights Weights => _weights;

    /// <summary>
    /// Residual stream [R, C] of the scored rows after the last layer, before the final norm. Beyond the last layer's keys and values the other tokens
    /// matter to nobody, and are not computed.
    /// </summary>
    /// <param name="batch">Uploaded batch.</param>
    /// <param name="mode">What to keep.</param>
    /// <param name="activations">Receives what is kept; may be reused from step to step.</param>
    /// <param name="arena">Activations lie here until the arena is reset or released.</param>
    public Tensor Forward(in BatchTensors batch, ActivationMode mode, DecoderActivations activations, Arena arena)
    {
        CheckLength(batch.MaxLength);
        activations.Begin(mode, _layers.Length);
        IOps ops = Backend.Ops;
        Tensor x = Embed(ops, batch, arena);
        var context = new AttentionContext(batch.Layout);
        if (mode == ActivationMode.None)
        {
            return RunInPlace(ops, x, batch, context, null, arena);
        }

        for (int i = 0; i < _layers.Length; i++)
        {
            x = mode == ActivationMode.Save
                ? ForwardSaved(ops, i, x, batch, context, activations, arena)
                : ForwardRecomputed(ops, i, x, batch, context, activations, arena);
        }

        return x;
    }

    /// <summary>Residual stream [R, C] of the scored ones of new tokens, whose keys and values join the cache: prefill and decoding. The same bits as in training.</summary>
    internal Tensor ForwardCached(in BatchTensors batch, KvCache cache, Tensor cacheRows, Arena arena)
    {
        CheckLength(batch.MaxLength);
        IOps ops = Backend.Ops;
        Tensor x = Embed(ops, batch, arena);
        return RunInPlace(ops, x, batch, new AttentionContext(batch.Layout, CacheRows: cacheRows), cache, arena);
    }

    /// <summary>Gradients of all parameters below the heads, <c>+=</c>.</summary>
    /// <param name="batch">As forward.</param>
    /// <param name="activations">From forward with <see cref="ActivationMode.Save"/> or <see cref="ActivationMode.Recompute"/>.</param>
    /// <param name="dHidden">[R, C] gradient of what forward gave; overwritten.</param>
    /// <param name="gradients">Of the same layout as the parameters.</param>
    /// <param name="arena">Scratch on top of the activations.</param>
    public void Backward(in BatchTensors batch, DecoderActivations activations, Tensor dHidden, DecoderGradients gradients, Arena arena)
    {
        IOps ops = Backend.Ops;
        long start = arena.Mark();
        Tensor dStream = arena.Take(new Shape(batch.Ids.Rows, Spec.Hidden));
        for (int i = _layers.Length - 1; i >= 0; i--)
        {
            long mark = arena.Mark();
            LayerActivations saved = activations.Layers[i];
            if (activations.Mode == ActivationMode.Recompute)
            {
                saved = TakeSaved(i, saved.Input, batch, arena);
                _layers[i].Forward(ops, saved, batch.Positions, new AttentionContext(batch.Layout), arena);
            }

            _layers[i].Backward(ops, saved, batch.Positions, batch.Layout, IsLast(i) ? dHidden : dStream, dStream, gradients.Weights.Layers[i], arena);
            arena.Release(mark);
        }

        ops.ScatterRows(dStream, batch.Ids, Write.Add, gradients.Weights.Embedding);
        if (Spec.HasLearnedPositions)
        {
            ops.ScatterRows(dStream, batch.Positions, Write.Add, gradients.Weights.Positions);
        }

        arena.Release(start);
    }

    public void Dispose()
    {
        if (!_rotaryTable.IsNone)
        {
            _rotaryTable.Buffer.Dispose();
        }
    }

    private Tensor Embed(IOps ops, in BatchTensors batch, Arena arena)
    {
        Tensor x = arena.Take(new Shape(batch.Ids.Rows, Spec.Hidden));
        ops.GatherRows(_weights.Embedding, batch.Ids, Write.Assign, x);
        if (Spec.HasLearnedPositions)
        {
            ops.GatherRows(_weights.Positions, batch.Positions, Write.Add, x);
        }

        return x;
    }

    /// <summary>Layer after layer over one residual stream, which the last one leaves for the scored rows.</summary>
    private Tensor RunInPlace(IOps ops, Tensor x, in BatchTensors batch, in AttentionContext context, KvCache? cache, Arena arena)
    {
        Tensor scored = TakeStream(_layers.Length - 1, batch, arena);
        long mark = arena.Mark();
        for (int i = 0; i < _layers.Length; i++)
        {
            AttentionContext own = cache is null ? context : context with { CacheK = cache.Keys(i), CacheV = cache.Values(i) };
            Tensor next = IsLast(i) ? scored : x;
            LayerActivations scratch = _layers[i].Take(x, SourcesOf(i, batch), next, next, arena);
            _layers[i].Forward(ops, scratch, batch.Positions, own, arena);
            arena.Release(mark);
        }

        return scored;
    }

    private Tensor ForwardSaved(IOps ops, int i, Tensor x, in BatchTensors batch, in AttentionContext context, DecoderActivations activations, Arena arena)
    {
        LayerActivations saved = TakeSaved(i, x, batch, arena);
        activations.Layers[i] = saved;
        _layers[i].Forward(ops, saved, batch.Positions, context, arena);
        return saved.Output;
    }

    private Tensor ForwardRecomputed(IOps ops, int i, Tensor x, in BatchTensors batch, in AttentionContext context, DecoderActivations activations, Arena arena)
    {
        activations.Layers[i] = new LayerActivations { Input = x };
        Tensor next = TakeStream(i, batch, arena);
        long mark = arena.Mark();
        LayerActivations scratch = _layers[i].Take(x, SourcesOf(i, batch), next, next, arena);
        _layers[i].Forward(ops, scratch, batch.Positions, context, arena);
        arena.Release(mark);
        return next;
    }

    private LayerActivations TakeSaved(int i, Tensor input, in BatchTensors batch, Arena arena) =>
        _layers[i].Take(input, SourcesOf(i, batch), TakeStream(i, batch, arena), TakeStream(i, batch, arena), arena);

    /// <summary>Residual stream after attention of layer <paramref name="i"/>: of all tokens, or of the scored rows.</summary>
    private Tensor TakeStream(int i, in BatchTensors batch, Arena arena) =>
        arena.Take(new Shape(IsLast(i) ? batch.Sources.Rows : batch.Ids.Rows, Spec.Hidden));

    private Tensor SourcesOf(int i, in BatchTensors batch) => IsLast(i) ? batch.Sources : Tensor.None;

    private bool IsLast(int i) => i == _layers.Length - 1;

    private void CheckLength(int length)
    {
        if (length > MaxLength)
        {
            throw new InputException($"a sequence of {length} tokens: this model was opened for at most {MaxLength}");
        }
    }
}
