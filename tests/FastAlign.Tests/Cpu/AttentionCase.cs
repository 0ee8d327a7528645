using FastAlign.Core;

namespace FastAlign.Tests.Cpu;

/// <summary>
/// One attention problem. Values are drawn for (token, head, dimension) alone, so the same token in another layout has the same q, k, v and dy.
/// </summary>
/// <param name="Layout">Who sees whom.</param>
/// <param name="Keys">[M] token of each key row.</param>
/// <param name="Queries">[N] token of each query row.</param>
/// <param name="Heads">H.</param>
/// <param name="KeyHeads">G.</param>
/// <param name="HeadWidth">D.</param>
internal sealed record AttentionCase(AttentionLayout Layout, int[] Keys, int[] Queries, int Heads, int KeyHeads, int HeadWidth)
{
    public AttentionSpec Spec { get; init; } = new(1 / MathF.Sqrt(HeadWidth));

    /// <summary>dy of ones: then dv holds sums of probabilities.</summary>
    public bool HasUnitSlopes { get; init; }

    /// <summary>Moves q, k and v by this much along <see cref="Direction"/>.</summary>
    public double Step { get; init; }

    /// <summary>A fixed random direction in q (role 0), k (1) and v (2); element <paramref name="index"/> of the tensor without gaps.</summary>
    public static double Direction(int role, long index) => (2 * new Philox(11, RandomPurpose.Test, (ulong)role).Uniform((ulong)index)) - 1;

    /// <summary>Queries cover every key row; the token of a row is its number.</summary>
    public static AttentionCase Training(ReadOnlySpan<Segment> segments, int heads, int keyHeads, int headWidth)
    {
        var runs = new QueryRun[segments.Length];
        int rows = 0;
        for (int s = 0; s < runs.Length; s++)
        {
            runs[s] = new QueryRun(segments[s].Start, segments[s].Length, s, 0);
            rows += segments[s].Length;
        }

        int[] tokens = [.. Enumerable.Range(0, rows)];
        return new AttentionCase(new AttentionLayout(segments, runs), tokens, tokens, heads, keyHeads, headWidth);
    }

    /// <summary>Segments of the given (length, parent), row after row.</summary>
    public static Segment[] Forest(params (int Length, int Parent)[] parts)
    {
        var segments = new Segment[parts.Length];
        int start = 0;
        for (int s = 0; s < parts.Length; s++)
        {
            segments[s] = new Segment(start, parts[s].Length, parts[s].Parent);
            start += parts[s].Length;
        }

        return segments;
    }

    /// <summary>Keys on the longest path.</summary>
    public int LongestPath()
    {
        int longest = 0;
        for (int s = 0; s < Layout.Segments.Length; s++)
        {
            longest = Math.Max(longest, Layout.FirstPositions[s] + Layout.Segments[s].Length);
        }

        return longest;
    }

    /// <summary>Forward and backward on a backend of its own.</summary>
    public AttentionResult Run(Backend backend)
    {
        using var session = new AttentionSession(this, backend);
        session.Forward();
        session.Backward();
        return session.Read();
    }

    /// <summary>Forward on a backend of its own.</summary>
    public AttentionResult RunForward(Backend backend)
    {
        using var session = new AttentionSession(this, backend);
        session.Forward();
        return session.Read();
    }
}

/// <summary>Results of attention, rows one after the other: y, dq [N, H, D], logZ [N, H], dk, dv [M, G, D].</summary>
internal sealed record AttentionResult(double[] Y, double[] LogZ, double[] Dq, double[] Dk, double[] Dv);
