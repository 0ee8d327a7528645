using FastAlign.Core;

namespace FastAlign.Models;

/// <summary>
/// What a layer keeps between forward and backward. M is N, or in the last layer R: there only the rows that the heads read go on after attention.
/// Tensors that backward does not need may be one: <c>Mid</c> and <c>Output</c>, and with them <c>Input</c> where M is N.
/// </summary>
/// <param name="Sources">[M] I32 token of each row after attention; none where every token is one, in order.</param>
/// <param name="Input">[N, C] residual stream before the layer.</param>
/// <param name="Norm1">Statistics of the norm before attention.</param>
/// <param name="Qkv">[N, (H+2G)D]; queries and keys are rotated in place unless they are normalised first.</param>
/// <param name="Rotated">[N, (H+G)D] normalised and rotated queries and keys; none without query-key norm.</param>
/// <param name="QkRstd">[N, H+G] statistics of the query-key norm, queries first ([N, H], then [N, G]).</param>
/// <param name="Attention">[N, HD] result of attention.</param>
/// <param name="LogZ">[N, H] softmax normalisers.</param>
/// <param name="Mid">[M, C] residual stream between attention and MLP.</param>
/// <param name="Norm2">Statistics of the norm before the MLP.</param>
/// <param name="Up">[M, 2F] gate and up projections ([M, F] without a gate).</param>
/// <param name="Output">[M, C] residual stream after the layer.</param>
internal readonly record struct LayerActivations(
    Tensor Sources,
    Tensor Input,
    NormStatistics Norm1,
    Tensor Qkv,
    Tensor Rotated,
    QkStatistics QkRstd,
    Tensor Attention,
    Tensor LogZ,
    Tensor Mid,
    NormStatistics Norm2,
    Tensor Up,
    Tensor Output);

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

    /// <summary>Activations with the residual stream where the caller wants it; the rest is taken from the arena.</summary>
    public LayerActivations Take(Tensor input, Tensor sources, Tensor mid, Tensor output, Arena arena)
    {
        int n = input.Rows;
        return new LayerActivations(
            sources,
            input,
            NormStatistics.Take(spec.Norm, n, arena),
            arena.Take(new Shape(n, spec.QkvWidth)),
            spec.HasQkNorm ? arena.Take(new Shape(n, _q + _kv)) : Tensor.None,
            spec.HasQkNorm ? new QkStatistics(arena.Take(new Shape(n, spec.Heads)), arena.Take(new Shape(n, spec.KvHeads))) : default,
            arena.Take(new Shape(n, _q)),
            arena.Take(new Shape(n, spec.Heads)),
            mid,
            NormStatistics.Take(spec.Norm, output.Rows, arena),
            arena.Take(new Shape(output.Rows, spec.IsGated ? 2 * spec.Ffn : spec.Ffn)),
            output);
    }

    public void Forward(IOps ops, in LayerActivations a, Tensor positions, in AttentionContext context, Arena arena)
    {
        ForwardAttention(ops, a, positions, context, arena);
        ForwardMlp(ops, a, arena);
    }

    /// <param name="ops">Ops.</param>
    /// <param name="a">From forward with saved activations; <c>Up</c> is overwritten by its gradient.</param>
    /// <param name="positions">[N] as forward.</param>
    /// <param name="layout">As forward.</param>
    /// <param name="dOutput">[M, C] gradient of the output; overwritten.</param>
    /// <param name="dInput">[N, C] gradient of the input: the same tensor where M is N, else assigned.</param>
    /// <param name="dw">Parameter gradients, <c>+=</c>.</param>
    /// <param name="arena">Scratch.</param>
    public void Backward(
        IOps ops, in LayerActivations a, Tensor positions, AttentionLayout layout, Tensor dOutput, Tensor dInput, LayerWeights dw, Arena arena)
    {
        BackwardMlp(ops, a, dOutput, dw, arena);
        BackwardAttention(ops, a, positions, layout, dOutput, dInput, dw, arena);
    }

    private void ForwardAttention(IOps ops, in LayerActivations a, Tensor positions, in AttentionContext context, Arena arena)
    {
        long mark = arena.Mark();
        Tensor normed = arena.Take(a.Input.Shape);
        _norm.Forward(ops, a.Input, weights.Norm1, normed, a.Norm1);
        ops.LinearForward(normed, weights.Qkv.Weight, weights.Qkv.Bias, Tensor.None, a.Qkv);
        RotateForward(ops, a, positions);
        ops.AttentionForward(Tensors(ops, a, context), context.Layout, spec.AttentionOf(index));
        Tensor residual = a.Input;
        if (!a.Sources.IsNone)
        {
            residual = a.Mid;
            ops.GatherRows(a.Input, a.Sources, Write.Assign, residual);
        }

        ops.LinearForward(AttentionRows(ops, a, arena), weights.Out.Weight, weights.Out.Bias, residual, a.Mid);
        arena.Release(mark);
    }

    private void ForwardMlp(IOps ops, in LayerActivations a, Arena arena)
    {
        long mark = arena.Mark();
        Tensor normed = arena.Take(a.Mid.Shape);
        _norm.Forward(ops, a.Mid, weights.Norm2, normed, a.Norm2);
        ops.LinearForward(normed, weights.Up.Weight, weights.Up.Bias, Tensor.None, a.Up);
        Tensor activated = arena.Take(new Shape(a.Mid.Rows, spec.Ffn));
        Activate(ops, a.Up, activated);
        ops.LinearForward(activated, weights.Down.Weight, weights.Down.Bias, a.Mid, a.Output);
        arena.Release(mark);
    }

    private void BackwardAttention(
        IOps ops, in LayerActivations a, Tensor positions, AttentionLayout layout, Tensor dMid, Tensor dInput, LayerWeights dw, Arena arena)
    {
        long mark = arena.Mark();
        Tensor normed = arena.Take(a.Input.Shape);
        Tensor dNormed = arena.Take(a.Input.Shape);
        Tensor dAttention = arena.Take(a.Attention.Shape);
        Tensor dQkv = arena.Take(a.Qkv.Shape);
        BackwardOut(ops, a, dMid, dAttention, dInput, dw, arena);
        (Tensor dq, Tensor dk, Tensor dv) = (Queries(dQkv), Keys(dQkv), Values(dQkv));
        AttentionTensors tensors = Tensors(ops, a, new AttentionContext(layout));
        ops.AttentionBackward(tensors, layout, spec.AttentionOf(index), dAttention.SplitRows(spec.Heads, spec.HeadDim), dq, dk, dv);
        RotateBackward(ops, a, positions, dq, dk, dw);
        _norm.Forward(ops, a.Input, weights.Norm1, normed, a.Norm1);
        ops.LinearBackwardWeight(normed, dQkv, dw.Qkv.Weight, dw.Qkv.Bias);
        ops.LinearBackwardInput(dQkv, weights.Qkv.Weight, Write.Assign, dNormed);
        _norm.Backward(ops, a.Input, weights.Norm1, a.Norm1, dNormed, Write.Add, dInput, dw.Norm1);
        arena.Release(mark);
    }

    /// <summary>Through the projection that ends attention: a token that no row came from gets gradient 0, one that several came from their sum.</summary>
    private void BackwardOut(IOps ops, in LayerActivations a, Tensor dMid, Tensor dAttention, Tensor dInput, LayerWeights dw, Arena arena)
    {
        long mark = arena.Mark();
        ops.LinearBackwardWeight(AttentionRows(ops, a, arena), dMid, dw.Out.Weight, dw.Out.Bias);
        if (a.Sources.IsNone)
        {
            ops.LinearBackwardInput(dMid, weights.Out.Weight, Write.Assign, dAttention);
        }
        else
        {
            Tensor dRows = arena.Take(new Shape(dMid.Rows, _q));
            ops.LinearBackwardInput(dMid, weights.Out.Weight, Write.Assign, dRows);
            Spread(ops, dRows, a.Sources, dAttention);
            Spread(ops, dMid, a.Sources, dInput);
        }

        arena.Release(mark);
    }

    private static void Spread(IOps ops, Tensor rows, Tensor sources, Tensor all)
    {
        ops.Fill(all, 0);
        ops.ScatterRows(rows, sources, Write.Add, all);
    }

    /// <summary>[M, HD] results of attention that go on.</summary>
    private static Tensor AttentionRows(IOps ops, in LayerActivations a, Arena arena)
    {
        if (a.Sources.IsNone)
        {
            return a.Attention;
        }

        Tensor rows = arena.Take(new Shape(a.Sources.Rows, a.Attention.Shape[1]));
        ops.GatherRows(a.Attention, a.Sources, Write.Assign, rows);
        return rows;
    }

    private void BackwardMlp(IOps ops, in LayerActivations a, Tensor dx, LayerWeights dw, Arena arena)
    {
        long mark = arena.Mark();
        Tensor normed = arena.Take(a.Mid.Shape);
        Tensor dNormed = arena.Take(a.Mid.Shape);
        var wide = new Shape(a.Mid.Rows, spec.Ffn);
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
