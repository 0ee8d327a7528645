using FastAlign.Core;

namespace FastAlign.Kernels.Conformance;

/// <summary>Sizes of an attention case.</summary>
/// <param name="Heads">H.</param>
/// <param name="Groups">G.</param>
/// <param name="Width">D.</param>
/// <param name="Padding">Between rows of q, k, v and their gradients.</param>
/// <param name="Scale">Of the inputs; large values make the softmax sharp.</param>
internal sealed record AttentionSizes(int Heads, int Groups, int Width, int Padding = 0, double Scale = 1);

/// <summary>Attention over a forest of segments; backward where every segment has a run that covers it.</summary>
internal sealed class AttentionCase : KernelCase
{
    private readonly AttentionSizes _sizes;
    private readonly AttentionLayout _layout;
    private readonly AttentionSpec _spec;
    private readonly long _pairs;

    /// <param name="name">Variant.</param>
    /// <param name="sizes">Sizes.</param>
    /// <param name="keyRows">M.</param>
    /// <param name="segments">The forest.</param>
    /// <param name="runs">Query runs; none for a training layout, one run per segment in its own rows.</param>
    /// <param name="window">0 for none.</param>
    /// <param name="softCap">0 for none.</param>
    public AttentionCase(string name, AttentionSizes sizes, int keyRows, Segment[] segments, QueryRun[]? runs = null, int window = 0, float softCap = 0)
        : base("attention", name)
    {
        _sizes = sizes;
        _spec = new AttentionSpec((float)(1 / Math.Sqrt(sizes.Width)), window, softCap);
        bool isTraining = runs is null;
        runs ??= [.. segments.Select(static (segment, s) => new QueryRun(segment.Start, segment.Length, s, 0))];
        _layout = new AttentionLayout(segments, runs);
        int queries = 0;
        foreach (QueryRun run in runs)
        {
            queries = Math.Max(queries, run.FirstRow + run.Count);
            for (int i = 0; i < run.Count; i++)
            {
                _pairs += ReferenceOps.VisibleKeys(_layout, _spec, run, i).Length;
            }
        }

        var shape = new Shape(queries, sizes.Heads, sizes.Width);
        var keys = new Shape(keyRows, sizes.Groups, sizes.Width);
        Input("q", shape, sizes.Scale, sizes.Padding);
        Input("k", keys, sizes.Scale, sizes.Padding);
        Input("v", keys, padding: sizes.Padding);
        Output("y", shape);
        Output("logZ", new Shape(queries, sizes.Heads));
        if (isTraining)
        {
            Cotangent("y", shape);
            Gradient("q", Write.Assign, sizes.Padding);
            Gradient("k", Write.Assign, sizes.Padding);
            Gradient("v", Write.Assign, sizes.Padding);
        }
    }

    /// <summary>Two dot products of D and one exponential per visible pair and head.</summary>
    public override long ForwardFlops => _pairs * _sizes.Heads * ((4L * _sizes.Width) + 10);

    /// <summary>Five dot products of D and one exponential per visible pair and head.</summary>
    public override long BackwardFlops => _pairs * _sizes.Heads * ((10L * _sizes.Width) + 14);

    public override void Forward(IOps ops, CaseTensors t) => ops.AttentionForward(Tensors(t), _layout, _spec);

    public override void Backward(IOps ops, CaseTensors t) => ops.AttentionBackward(Tensors(t), _layout, _spec, t["dY"], t["dQ"], t["dK"], t["dV"]);

    internal override void BoundForward(Values v, double u, Values bounds)
    {
        var bound = new AttentionBound(_sizes, _spec, v, u);
        bounds["y"] = new double[v["y"].Length];
        bounds["logZ"] = new double[v["logZ"].Length];
        ForEachQuery((row, keys) => bound.Forward(row, keys, bounds["y"], bounds["logZ"]));
    }

    internal override void BoundBackward(Values v, double u, Values bounds)
    {
        var bound = new AttentionBound(_sizes, _spec, v, u);
        bounds["dQ"] = new double[v["dQ"].Length];
        bounds["dK"] = new double[v["dK"].Length];
        bounds["dV"] = new double[v["dV"].Length];
        int rows = Find("q").Shape[0];
        ForEachQuery((row, keys) => bound.Backward(row, keys, rows, bounds));
    }

    private static AttentionTensors Tensors(CaseTensors t) => new(t["q"], t["k"], t["v"], t["y"], t["logZ"]);

    private void ForEachQuery(Action<int, int[]> visit)
    {
        foreach (QueryRun run in _layout.Runs)
        {
            for (int i = 0; i < run.Count; i++)
            {
                visit(run.FirstRow + i, ReferenceOps.VisibleKeys(_layout, _spec, run, i));
            }
        }
    }
}
