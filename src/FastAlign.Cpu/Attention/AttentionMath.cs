using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FastAlign.Kernels;

namespace FastAlign.Cpu;

/// <summary>Elementwise maths of attention on 16 lanes.</summary>
internal static class AttentionMath
{
    /// <summary>The score after the soft cap, <c>cap tanh(s / cap)</c>, if there is one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Cap(Vector512<float> score, float cap) => cap > 0 ? Vector512Lane.Tanh(new Vector512Lane(score / cap)).Value * cap : score;

    /// <summary>Ones where a query at <paramref name="query"/> sees the key at <paramref name="key"/>: <c>query - window &lt; key &lt;= query</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Visible(Vector512<int> key, Vector512<int> query, int window) =>
        (Vector512.LessThanOrEqual(key, query) & Vector512.GreaterThan(key, query - Vector512.Create(window))).AsSingle();

    /// <summary>
    /// <c>p = exp(s - logZ)</c> and <c>ds = p (dp - delta) (1 - (s / cap)^2)</c>, the derivative by the score before the cap; both 0 where not visible.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<float> P, Vector512<float> Ds) Gradient(Vector512<float> score, Vector512<float> dp, Vector512<float> logZ, Vector512<float> delta, Vector512<float> visible, float cap)
    {
        Vector512<float> capped = Cap(score, cap);
        Vector512<float> p = VectorMath.Exp(capped - logZ) & visible;
        Vector512<float> ds = p * (dp - delta);
        if (cap > 0)
        {
            Vector512<float> ratio = capped / cap;
            ds *= Vector512<float>.One - (ratio * ratio);
        }

        return (p, ds);
    }

    /// <summary><c>sum_d a_d b_d</c>: one chain per vector lane, then a fixed tree over the 16 lanes, then the tail in ascending order.</summary>
    public static unsafe float Dot(float* a, float* b, int length)
    {
        Vector512<float> sum = default;
        int d = 0;
        for (; d + 16 <= length; d += 16)
        {
            sum = Vector512.FusedMultiplyAdd(Vector512.Load(a + d), Vector512.Load(b + d), sum);
        }

        Vector256<float> half = sum.GetLower() + sum.GetUpper();
        Vector128<float> quarter = half.GetLower() + half.GetUpper();
        float total = (quarter[0] + quarter[2]) + (quarter[1] + quarter[3]);
        for (; d < length; d++)
        {
            total = float.FusedMultiplyAdd(a[d], b[d], total);
        }

        return total;
    }

    /// <summary><c>to = from * factor / divisor</c>. Minus zero becomes zero: after an underflow, a masked key (+ 0 * v) would do the same.</summary>
    public static unsafe void Scale(float* from, float factor, float divisor, float* to, int length)
    {
        int d = 0;
        for (; d + 16 <= length; d += 16)
        {
            ((Vector512.Load(from + d) * factor / Vector512.Create(divisor)) + Vector512<float>.Zero).Store(to + d);
        }

        for (; d + 8 <= length; d += 8)
        {
            ((Vector256.Load(from + d) * factor / Vector256.Create(divisor)) + Vector256<float>.Zero).Store(to + d);
        }

        for (; d < length; d++)
        {
            to[d] = (from[d] * factor / divisor) + 0f;
        }
    }
}
