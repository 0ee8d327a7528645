using FastAlign.Core;

namespace FastAlign.Kernels.Conformance;

internal sealed partial class ReferenceOps
{
    /// <summary>Gathers the visible keys of each query from its path, then takes a plain softmax over them.</summary>
    public void AttentionForward(in AttentionTensors tensors, AttentionLayout layout, AttentionSpec spec)
    {
        (int heads, int d) = (tensors.Q.Shape[1], tensors.Q.Shape[2]);
        int share = heads / tensors.K.Shape[1];
        var q = new RowView(tensors.Q, d);
        var k = new RowView(tensors.K, d);
        var v = new RowView(tensors.V, d);
        var y = new RowView(tensors.Y, d);
        Span<double> logZ = tensors.LogZ.HostSpan<double>();
        foreach (QueryRun run in layout.Runs)
        {
            for (int i = 0; i < run.Count; i++)
            {
                int[] keys = VisibleKeys(layout, spec, run, i);
                for (int h = 0; h < heads; h++)
                {
                    int query = ((run.FirstRow + i) * heads) + h;
                    double[] scores = Scores(q[query], k, keys, tensors.K.Shape[1], h / share, spec);
                    logZ[query] = LogSumExp(scores);
                    y[query].Clear();
                    for (int j = 0; j < keys.Length; j++)
                    {
                        AddScaled(v[(keys[j] * tensors.K.Shape[1]) + (h / share)], Math.Exp(scores[j] - logZ[query]), y[query]);
                    }
                }
            }
        }
    }

    /// <summary><c>ds = p (dy·v - dy·y)</c>, through the cap, then <c>dq += scale ds k</c>, <c>dk += scale ds q</c>, <c>dv += p dy</c>.</summary>
    public void AttentionBackward(in AttentionTensors tensors, AttentionLayout layout, AttentionSpec spec, Tensor dy, Tensor dq, Tensor dk, Tensor dv)
    {
        int d = tensors.Q.Shape[2];
        Clear(new RowView(dq, d));
        Clear(new RowView(dk, d));
        Clear(new RowView(dv, d));
        foreach (QueryRun run in layout.Runs)
        {
            for (int i = 0; i < run.Count; i++)
            {
                int[] keys = VisibleKeys(layout, spec, run, i);
                for (int h = 0; h < tensors.Q.Shape[1]; h++)
                {
                    AttentionBackwardQuery(tensors, spec, keys, run.FirstRow + i, h, dy, dq, dk, dv);
                }
            }
        }
    }

    private static void AttentionBackwardQuery(
        in AttentionTensors tensors, AttentionSpec spec, int[] keys, int row, int head, Tensor dy, Tensor dq, Tensor dk, Tensor dv)
    {
        (int heads, int groups, int d) = (tensors.Q.Shape[1], tensors.K.Shape[1], tensors.Q.Shape[2]);
        int group = head / (heads / groups);
        int query = (row * heads) + head;
        Span<double> q = new RowView(tensors.Q, d)[query];
        Span<double> upstream = new RowView(dy, d)[query];
        Span<double> queryGradient = new RowView(dq, d)[query];
        var k = new RowView(tensors.K, d);
        var v = new RowView(tensors.V, d);
        var keyGradient = new RowView(dk, d);
        var valueGradient = new RowView(dv, d);
        double[] scores = Scores(q, k, keys, groups, group, spec);
        double logZ = tensors.LogZ.HostSpan<double>()[query];
        double mean = Dot(upstream, new RowView(tensors.Y, d)[query]);
        for (int j = 0; j < keys.Length; j++)
        {
            int key = (keys[j] * groups) + group;
            double p = Math.Exp(scores[j] - logZ);
            double ds = p * (Dot(upstream, v[key]) - mean);
            if (spec.SoftCap > 0)
            {
                // d cap tanh(s/cap) / ds = 1 - tanh^2, and the capped score is cap * tanh.
                double tanh = scores[j] / spec.SoftCap;
                ds *= 1 - (tanh * tanh);
            }

            AddScaled(k[key], ds * spec.Scale, queryGradient);
            AddScaled(q, ds * spec.Scale, keyGradient[key]);
            AddScaled(upstream, p, valueGradient[key]);
        }
    }

    /// <summary>Key rows in position order: the ancestors of the query's segment, the segment up to the query, less what lies outside the window.</summary>
    internal static int[] VisibleKeys(AttentionLayout layout, AttentionSpec spec, QueryRun run, int index)
    {
        var path = new List<int>();
        Segment own = layout.Segments[run.Segment];
        for (int t = run.Offset + index; t >= 0; t--)
        {
            path.Add(own.Start + t);
        }

        for (int s = own.Parent; s >= 0; s = layout.Segments[s].Parent)
        {
            for (int t = layout.Segments[s].Length - 1; t >= 0; t--)
            {
                path.Add(layout.Segments[s].Start + t);
            }
        }

        int visible = spec.Window > 0 ? Math.Min(spec.Window, path.Count) : path.Count;
        int[] keys = new int[visible];
        for (int j = 0; j < visible; j++)
        {
            keys[visible - 1 - j] = path[j];
        }

        return keys;
    }

    private static double[] Scores(ReadOnlySpan<double> q, RowView k, int[] keys, int groups, int group, AttentionSpec spec)
    {
        double[] scores = new double[keys.Length];
        for (int j = 0; j < keys.Length; j++)
        {
            double score = spec.Scale * Dot(q, k[(keys[j] * groups) + group]);
            scores[j] = spec.SoftCap > 0 ? spec.SoftCap * Math.Tanh(score / spec.SoftCap) : score;
        }

        return scores;
    }

    private static double LogSumExp(ReadOnlySpan<double> values)
    {
        double max = double.NegativeInfinity;
        foreach (double value in values)
        {
            max = Math.Max(max, value);
        }

        double sum = 0;
        foreach (double value in values)
        {
            sum += Math.Exp(value - max);
        }

        return max + Math.Log(sum);
    }
}
