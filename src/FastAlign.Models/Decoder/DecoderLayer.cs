using FastAlign.Core;

namespace FastAlign.Models;

/// <summary>What a layer keeps between forward and backward. Without saving, <c>Input</c>, <c>Mid</c> and <c>Output</c> are one tensor.</summary>
/// <param name="Input">[N, C] residual stream before the layer.</param>
/// <param name="Norm1">Statistics of the norm before attention.</param>
/// <param name="Qkv">[N, (H+2G)D]; queries and keys are rotated in place unless they are normalised first.</param>
/// <param name="Rotated">[N, (H+G)D] normalised and rotated queries and keys; none without query-key norm.</param>
/// <param name="QkRstd">[N, H+G] statistics of the query-key norm, queries first ([N, H], then [N, G]).</param>
/// <param name="Attention">[N, HD] result of attention.</param>
/// <param name="LogZ">[N, H] softmax normalisers.</param>
/// <param name="Mid">[N, C] residual stream between attention and MLP.</param>
/// <param name="Norm2">Statistics of the norm before the MLP.</param>
/// <param name="Up">[N, 2F] gate and up projections ([N, F] without a gate).</param>
/// <param name="Output">[N, C] residual stream after the layer.</param>
internal readonly record struct LayerActivations(
    Tensor Input, NormStatistics Norm1, Tensor Qkv, Tensor Rotated, QkStatistics QkRstd, Tensor Attention, Tensor LogZ, Tensor Mid, NormStatistics Norm2, Tensor Up, Tensor Output);

/// <summary>Statistics of the query-key norm.</summary>
internal readonly record struct QkStatistics(Tensor Q, Tensor K);

/// <summary>Keys and values that queries read: the layer's own (training), or a cache that the new ones are first written to.</summary>
/// <param name="Layout">Who sees whom.</param>
/// <param name="CacheK">[M, GD] or none.</param>
/// <param name="CacheV">[M, GD] or none.</param>
/// <param name="CacheRows">[N] I32 cache row of each token.</param>
internal readonly record struct AttentionContext(AttentionLayout Layout, Tensor CacheK = default, Tensor CacheV = default, Tensor CacheRows = default);

/// <summary>
/// One pre-norm decoder layer. <see cref="Backward"/> reads as <see cref="Forward"/> upside down; norms and activations are recomputed there
/// (one pass over memory each) rather than kept.
/// </summary>
/// <remarks>
/// <code>
/// x ── norm1 ── qkv ── (q,k norm) ── rotary ── attention ── out ──(+x)── mid ── norm2 ── up ── act ── down ──(+mid)── y
/// </code>
/// </remarks>
internal readonly struct DecoderLayer(DecoderSpec spec, int index, LayerWeights weights, Tensor rotaryTable)
{
    private readonly Norm _norm = new(spec.Norm, spec.NormSpec);
    private readonly int _q = spec.Heads * spec.HeadDim;
    private readonly int _kv = spec.KvHeads * spec.HeadDim;

    /// <summary>Everything that backward needs, taken from the arena; the output too.</summary>
    public LayerActivations TakeSaved(Tensor input, Arena arena)
    {
        int n = input.Rows;
        return Take(input, arena.Take(new Shape(n, spec.Hidden)), arena.Take(new Shape(n, spec.Hidden)), arena);
    }

    /// <summary>The least that forward needs: the residual stream is updated in place.</summary>
    public LayerActivations TakeInPlace(Tensor stream, Arena arena) => Take(stream, stream, stream, arena);

    public void Forward(IOps ops, in LayerActivations a, Tensor positions, in AttentionContext context, Arena arena)
    {
        long mark = arena.Mark();
        int n = a.Input.Rows;
        Tensor normed = arena.Take(new Shape(n, spec.Hidden));

        _norm.Forward(ops, a.Input, weights.Norm1, normed, a.Norm1);
        ops.LinearForward(normed, weights.Qkv.Weight, weights.Qkv.Bias, Tensor.None, a.Qkv);
        RotateForward(ops, a, positions);
        ops.AttentionForward(Tensors(ops, a, context), context.Layout, spec.AttentionOf(index));
        ops.LinearForward(a.Attention, weights.Out.Weight, weights.Out.Bias, a.Input, a.Mid);

        _norm.Forward(ops, a.Mid, weights.Norm2, normed, a.Norm2);
        ops.LinearForward(normed, weights.Up.Weight, weights.Up.Bias, Tensor.None, a.Up);
        Tensor activated = arena.Take(new Shape(n, spec.Ffn));
        Activate(ops, a.Up, activated);
        ops.LinearForward(activated, weights.Down.Weight, weights.Down.Bias, a.Mid, a.Output);
        arena.Release(mark);
    }

    /// <param name="ops">Ops.</param>
    /// <param name="a">From forward with saved activations; <c>Up</c> is overwritten by its gradient.</param>
    /// <param name="positions">[N] as forward.</param>
    /// <param name="layout">As forward.</param>
    /// <param name="dx">[N, C] gradient of the output on entry, of the input on return.</param>
    /// <param name="dw">Parameter gradients, <c>+=</c>.</param>
    /// <param name="arena">Scratch.</param>
    public void Backward(IOps ops, in LayerActivations a, Tensor positions, AttentionLayout layout, Tensor dx, LayerWeights dw, Arena arena)
    {
        long mark = arena.Mark();
        int n = a.Input.Rows;
        Tensor normed = arena.Take(new Shape(n, spec.Hidden));
        Tensor dNormed = arena.Take(new Shape(n, spec.Hidden));

        BackwardMlp(ops, a, dx, dw, arena, normed, dNormed);

        long attention = arena.Mark();
        Tensor dAttention = arena.Take(new Shape(n, _q));
        Tensor dQkv = arena.Take(new Shape(n, spec.QkvWidth));
        ops.LinearBackwardWeight(a.Attention, dx, dw.Out.Weight, dw.Out.Bias);
        ops.LinearBackwardInput(dx, weights.Out.Weight, Write.Assign, dAttention);
        (Tensor dq, Tensor dk, Tensor dv) = (Queries(dQkv), Keys(dQkv), Values(dQkv));
        AttentionTensors tensors = Tensors(ops, a, new AttentionContext(layout));
        ops.AttentionBackward(tensors, layout, spec.AttentionOf(index), dAttention.SplitRows(spec.Heads, spec.HeadDim), dq, dk, dv);
        RotateBackward(ops, a, positions, dq, dk, dw);
        _norm.Forward(ops, a.Input, weights.Norm1, normed, a.Norm1);
        ops.LinearBackwardWeight(normed, dQkv, dw.Qkv.Weight, dw.Qkv.Bias);
        ops.LinearBackwardInput(dQkv, weights.Qkv.Weight, Write.Assign, dNormed);
        _norm.Backward(ops, a.Input, weights.Norm1, a.Norm1, dNormed, Write.Add, dx, dw.Norm1);
        arena.Release(attention);
        arena.Release(mark);
    }

    private void BackwardMlp(IOps ops, in LayerActivations a, Tensor dx, LayerWeights dw, Arena arena, Tensor normed, Tensor dNormed)
    {
        long mark = arena.Mark();
        var wide = new Shape(a.Input.Rows, spec.Ffn);
        Tensor activated = arena.Take(wide);
        Tensor dActivated = arena.Take(wide);
        Activate(ops, a.Up, activated);
        ops.LinearBackwardWeight(activated, dx, dw.Down.Weight, dw.Down.Bias);
        ops.LinearBackwardInput(dx, weights.Down.Weight, Write.Assign, dActivated);
        Tensor dUp = a.Up;
        if (spec.IsGated)
        {
            ops.GatedActivationBackward(spec.Activation, a.Up, dActivated, dUp);
        }
        else
        {
            dUp = dActivated;
            ops.ActivationBackward(spec.Activation, a.Up, dActivated, dUp);
        }

        _norm.Forward(ops, a.Mid, weights.Norm2, normed, a.Norm2);
        ops.LinearBackwardWeight(normed, dUp, dw.Up.Weight, dw.Up.Bias);
        ops.LinearBackwardInput(dUp, weights.Up.Weight, Write.Assign, dNormed);
        _norm.Backward(ops, a.Mid, weights.Norm2, a.Norm2, dNormed, Write.Add, dx, dw.Norm2);
        arena.Release(mark);
    }

    private LayerActivations Take(Tensor input, Tensor mid, Tensor output, Arena arena)
    {
        int n = input.Rows;
        return new LayerActivations(
            input,
            NormStatistics.Take(spec.Norm, n, arena),
            arena.Take(new Shape(n, spec.QkvWidth)),
            spec.HasQkNorm ? arena.Take(new Shape(n, _q + _kv)) : Tensor.None,
            spec.HasQkNorm ? new QkStatistics(arena.Take(new Shape(n, spec.Heads)), arena.Take(new Shape(n, spec.KvHeads))) : default,
            arena.Take(new Shape(n, _q)),
            arena.Take(new Shape(n, spec.Heads)),
            mid,
            NormStatistics.Take(spec.Norm, n, arena),
            arena.Take(new Shape(n, spec.IsGated ? 2 * spec.Ffn : spec.Ffn)),
            output);
    }

    private void Activate(IOps ops, Tensor up, Tensor activated)
    {
        if (spec.IsGated)
        {
            ops.GatedActivationForward(spec.Activation, up, activated);
        }
        else
        {
            ops.ActivationForward(spec.Activation, up, activated);
        }
    }

    private void RotateForward(IOps ops, in LayerActivations a, Tensor positions)
    {
        (Tensor q, Tensor k) = Rotated(a);
        if (spec.HasQkNorm)
        {
            ops.RmsNormForward(Queries(a.Qkv), weights.QNorm, spec.NormSpec, q, a.QkRstd.Q);
            ops.RmsNormForward(Keys(a.Qkv), weights.KNorm, spec.NormSpec, k, a.QkRstd.K);
        }

        if (spec.Rotary is { } rotary)
        {
            ops.Rotary(q, positions, rotaryTable, rotary.Pairing, RotaryDirection.Forward);
            ops.Rotary(k, positions, rotaryTable, rotary.Pairing, RotaryDirection.Forward);
        }
    }

    private void RotateBackward(IOps ops, in LayerActivations a, Tensor positions, Tensor dq, Tensor dk, LayerWeights dw)
    {
        if (spec.Rotary is { } rotary)
        {
            ops.Rotary(dq, positions, rotaryTable, rotary.Pairing, RotaryDirection.Inverse);
            ops.Rotary(dk, positions, rotaryTable, rotary.Pairing, RotaryDirection.Inverse);
        }

        if (spec.HasQkNorm)
        {
            ops.RmsNormBackward(Queries(a.Qkv), weights.QNorm, a.QkRstd.Q, dq, spec.NormSpec, Write.Assign, dq, dw.QNorm);
            ops.RmsNormBackward(Keys(a.Qkv), weights.KNorm, a.QkRstd.K, dk, spec.NormSpec, Write.Assign, dk, dw.KNorm);
        }
    }

    private AttentionTensors Tensors(IOps ops, in LayerActivations a, in AttentionContext context)
    {
        (Tensor q, Tensor k) = Rotated(a);
        Tensor v = Values(a.Qkv);
        if (!context.CacheK.IsNone)
        {
            ops.ScatterRows(k.FlattenRows(), context.CacheRows, Write.Assign, context.CacheK);
            ops.ScatterRows(v.FlattenRows(), context.CacheRows, Write.Assign, context.CacheV);
            k = context.CacheK.SplitRows(spec.KvHeads, spec.HeadDim);
            v = context.CacheV.SplitRows(spec.KvHeads, spec.HeadDim);
        }

        return new AttentionTensors(q, k, v, a.Attention.SplitRows(spec.Heads, spec.HeadDim), a.LogZ);
    }

    private (Tensor Q, Tensor K) Rotated(in LayerActivations a) => spec.HasQkNorm
        ? (a.Rotated.Columns(0, _q).SplitRows(spec.Heads, spec.HeadDim), a.Rotated.Columns(_q, _kv).SplitRows(spec.KvHeads, spec.HeadDim))
        : (Queries(a.Qkv), Keys(a.Qkv));

    private Tensor Queries(Tensor qkv) => qkv.Columns(0, _q).SplitRows(spec.Heads, spec.HeadDim);

    private Tensor Keys(Tensor qkv) => qkv.Columns(_q, _kv).SplitRows(spec.KvHeads, spec.HeadDim);

    private Tensor Values(Tensor qkv) => qkv.Columns(_q + _kv, _kv).SplitRows(spec.KvHeads, spec.HeadDim);
}
