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
    /// <summary>Up to here naive loops over the whole take no time to speak of.</summary>
    private const long SmallFlops = 50_000_000;

    private readonly AttentionSizes _sizes;
    private readonly AttentionLayout _layout;
    private readonly AttentionSpec _spec;
    private readonly long _pairs;
    private readonly bool _isTraining;
    private readonly int _keyRows;
    private readonly Segment[] _segments;

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
        (_isTraining, _keyRows, _segments) = (runs is null, keyRows, segments);
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
        if (_isTraining)
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

    /// <summary>Groups of heads are independent: the last one stands for all.</summary>
    internal override IEnumerable<CasePart> Parts()
    {
        if (!_isTraining || _sizes.Groups == 1 || ForwardFlops <= SmallFlops)
        {
            yield break;
        }

        int heads = _sizes.Heads / _sizes.Groups;
        int[] Last(int count, int width) => [.. Enumerable.Range((count * (_sizes.Groups - 1) / _sizes.Groups) * width, count / _sizes.Groups * width)];
        int[] queries = Last(_sizes.Heads, _sizes.Width);
        int[] keys = Last(_sizes.Groups, _sizes.Width);
        foreach ((CasePhase phase, string[] compared) in ((CasePhase, string[])[])[(CasePhase.Forward, ["y", "logZ"]), (CasePhase.Backward, ["dQ", "dK", "dV"])])
        {
            var part = new AttentionCase("last-group", _sizes with { Heads = heads, Groups = 1 }, _keyRows, _segments, window: _spec.Window, softCap: (float)_spec.SoftCap);
            yield return new CasePart(part, phase, compared)
                .Columns(queries, "q", "y", "dY", "dQ").Columns(keys, "k", "v", "dK", "dV").Columns(Last(_sizes.Heads, 1), "logZ");
        }
    }

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
