using FastAlign.Core;
using FastAlign.Cpu;
using Xunit;

namespace FastAlign.Tests.Cpu;

/// <summary>Row invariance of attention: equal bits however a token's path is stored, batched and split among threads.</summary>
public sealed class AttentionInvarianceTests
{
    private const int Heads = 6;
    private const int KeyHeads = 2;

    public static TheoryData<int, int, float> Options => new()
    {
        { 8, 0, 0 },
        { 64, 0, 0 },
        { 80, 0, 0 },
        { 20, 50, 0 },
        { 33, 64, 0 },
        { 16, 100, 3 },
    };

    [Theory]
    [MemberData(nameof(Options))]
    public void Attention_Threads_SameBits(int headWidth, int window, float cap)
    {
        AttentionCase problem = With(AttentionCase.Training(AttentionCase.Forest((100, -1), (70, 0), (64, 0), (31, 2), (130, -1)), Heads, KeyHeads, headWidth), window, cap);
        AttentionResult expected = Run(problem, 1);

        foreach (int threads in (int[])[2, 7])
        {
            AttentionResult actual = Run(problem, threads);

            Assert.Equal(expected.Y, actual.Y);
            Assert.Equal(expected.LogZ, actual.LogZ);
            Assert.Equal(expected.Dq, actual.Dq);
            Assert.Equal(expected.Dk, actual.Dk);
            Assert.Equal(expected.Dv, actual.Dv);
        }
    }

    [Theory]
    [MemberData(nameof(Options))]
    public void Attention_SharedPrompt_SameBitsAsStoredTwice(int headWidth, int window, float cap)
    {
        // Rows: prompt 0..99, a 100..169, b 170..234; unshared: prompt a prompt b.
        const int Prompt = 100, A = 70, B = 65;
        AttentionCase shared = With(AttentionCase.Training(AttentionCase.Forest((Prompt, -1), (A, 0), (B, 0)), Heads, KeyHeads, headWidth), window, cap);
        AttentionCase stored = With(AttentionCase.Training(AttentionCase.Forest((Prompt + A, -1), (Prompt + B, -1)), Heads, KeyHeads, headWidth), window, cap);
        int[] tokens = [.. Enumerable.Range(0, Prompt + A), .. Enumerable.Range(0, Prompt), .. Enumerable.Range(Prompt + A, B)];
        stored = stored with { Keys = tokens, Queries = tokens };

        AttentionResult once = Run(shared, 2);
        AttentionResult twice = Run(stored, 2);

        for (int i = 0; i < tokens.Length; i++)
        {
            AssertSameRow(once.Y, tokens[i], twice.Y, i, Heads * headWidth);
            AssertSameRow(once.LogZ, tokens[i], twice.LogZ, i, Heads);
            AssertSameRow(once.Dq, tokens[i], twice.Dq, i, Heads * headWidth);
        }
    }

    [Theory]
    [MemberData(nameof(Options))]
    public void AttentionBackward_SharedPrompt_KeyGradientIsTheSum(int headWidth, int window, float cap)
    {
        // dy of the prompt counts once when shared and twice when stored twice: the sum of the two copies less one copy alone.
        const int Prompt = 100, A = 70, B = 65;
        AttentionCase shared = With(AttentionCase.Training(AttentionCase.Forest((Prompt, -1), (A, 0), (B, 0)), Heads, KeyHeads, headWidth), window, cap);
        AttentionCase alone = With(AttentionCase.Training(AttentionCase.Forest((Prompt, -1)), Heads, KeyHeads, headWidth), window, cap);
        AttentionCase first = With(AttentionCase.Training(AttentionCase.Forest((Prompt + A, -1)), Heads, KeyHeads, headWidth), window, cap);
        int[] tokens = [.. Enumerable.Range(0, Prompt), .. Enumerable.Range(Prompt + A, B)];
        AttentionCase second = With(AttentionCase.Training(AttentionCase.Forest((Prompt + B, -1)), Heads, KeyHeads, headWidth), window, cap) with { Keys = tokens, Queries = tokens };

        (AttentionResult all, AttentionResult p, AttentionResult a, AttentionResult b) = (Run(shared, 2), Run(alone, 2), Run(first, 2), Run(second, 2));

        var bounds = new AttentionBounds(shared);
        for (int i = 0; i < Prompt * KeyHeads * headWidth; i++)
        {
            // Each of the four gradients is within the bound of the exact one.
            Assert.InRange(all.Dk[i] - (a.Dk[i] + b.Dk[i] - p.Dk[i]), -4 * bounds.Dk, 4 * bounds.Dk);
            Assert.InRange(all.Dv[i] - (a.Dv[i] + b.Dv[i] - p.Dv[i]), -4 * bounds.Dv, 4 * bounds.Dv);
        }
    }

    [Theory]
    [MemberData(nameof(Options))]
    public void Attention_PathCutAnywhere_SameBits(int headWidth, int window, float cap)
    {
        AttentionCase whole = With(AttentionCase.Training(AttentionCase.Forest((200, -1)), Heads, KeyHeads, headWidth), window, cap);
        AttentionCase cut = With(AttentionCase.Training(AttentionCase.Forest((1, -1), (62, 0), (0, 1), (2, 2), (70, 3), (65, 4)), Heads, KeyHeads, headWidth), window, cap);

        AttentionResult expected = Run(whole, 2);
        AttentionResult actual = Run(cut, 2);

        Assert.Equal(expected.Y, actual.Y);
        Assert.Equal(expected.LogZ, actual.LogZ);
        Assert.Equal(expected.Dq, actual.Dq);
    }

    [Theory]
    [MemberData(nameof(Options))]
    public void Attention_Packed_SameBitsAsAlone(int headWidth, int window, float cap)
    {
        const int Before = 37, Length = 150;
        AttentionCase packed = With(AttentionCase.Training(AttentionCase.Forest((Before, -1), (Length, -1), (20, -1)), Heads, KeyHeads, headWidth), window, cap);
        int[] tokens = [.. Enumerable.Range(Before, Length)];
        AttentionCase alone = With(AttentionCase.Training(AttentionCase.Forest((Length, -1)), Heads, KeyHeads, headWidth), window, cap) with { Keys = tokens, Queries = tokens };

        AttentionResult expected = Run(alone, 1);
        AttentionResult actual = Run(packed, 2);

        for (int i = 0; i < Length; i++)
        {
            AssertSameRow(expected.Y, i, actual.Y, Before + i, Heads * headWidth);
            AssertSameRow(expected.LogZ, i, actual.LogZ, Before + i, Heads);
            AssertSameRow(expected.Dq, i, actual.Dq, Before + i, Heads * headWidth);
            AssertSameRow(expected.Dk, i, actual.Dk, Before + i, KeyHeads * headWidth);
            AssertSameRow(expected.Dv, i, actual.Dv, Before + i, KeyHeads * headWidth);
        }
    }

    [Theory]
    [MemberData(nameof(Options))]
    public void AttentionForward_Decode_SameBitsAsFull(int headWidth, int window, float cap)
    {
        // Two sequences on one prompt, in a cache with room between them; each step adds a token to both.
        const int Prompt = 60, Steps = 75, Room = 80;
        AttentionCase full = With(AttentionCase.Training(AttentionCase.Forest((Prompt, -1), (Steps, 0), (Steps, 0)), Heads, KeyHeads, headWidth), window, cap);
        AttentionResult expected = Run(full, 2);
        int[] cache = [.. Enumerable.Range(0, Prompt + Steps), .. Enumerable.Repeat(9999, Room - Steps), .. Enumerable.Range(Prompt + Steps, Steps)];
        using var backend = new CpuBackend(2);

        for (int step = 1; step <= Steps; step++)
        {
            Segment[] segments = [new(0, Prompt, -1), new(Prompt, step, 0), new(Prompt + Room, step, 0)];
            var layout = new AttentionLayout(segments, [new QueryRun(0, 1, 1, step - 1), new QueryRun(1, 1, 2, step - 1)]);
            int[] queries = [Prompt + step - 1, Prompt + Steps + step - 1];
            AttentionResult actual = With(new AttentionCase(layout, cache, queries, Heads, KeyHeads, headWidth), window, cap).RunForward(backend);

            for (int i = 0; i < queries.Length; i++)
            {
                AssertSameRow(expected.Y, queries[i], actual.Y, i, Heads * headWidth);
                AssertSameRow(expected.LogZ, queries[i], actual.LogZ, i, Heads);
            }
        }
    }

    private static AttentionCase With(AttentionCase problem, int window, float cap) => problem with { Spec = new AttentionSpec(0.6f, window, cap) };

    private static AttentionResult Run(AttentionCase problem, int threads)
    {
        using var backend = new CpuBackend(threads);
        return problem.Run(backend);
    }

    private static void AssertSameRow(double[] expected, int expectedRow, double[] actual, int actualRow, int width) =>
        Assert.Equal(expected.AsSpan(expectedRow * width, width), actual.AsSpan(actualRow * width, width));
}
