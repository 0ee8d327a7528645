using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FastAlign.Cpu;

/// <summary>Elementwise maths of attention on 16 lanes.</summary>
internal static class AttentionMath
{
    /// <summary><c>e^x</c>, x at most 88: at most 2 ulp; 0 below -87; exactly 1 at 0 and 0 at minus infinity.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        const float Smallest = -87f;
        Vector512<float> clamped = Vector512.Max(x, Vector512.Create(Smallest));

        // e^x = 2^n e^r, |r| <= ln(2)/2; ln 2 in two parts, so that r is exact to the last bit.
        // Adding 1.5 * 2^23 leaves n in the low bits.
        Vector512<float> shifted = Vector512.FusedMultiplyAdd(clamped, Vector512.Create(1.44269504f), Vector512.Create(12582912f));
        Vector512<float> n = shifted - Vector512.Create(12582912f);
        Vector512<float> r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-0.693359375f), clamped);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(2.12194440e-4f), r);
        Vector512<float> p = Vector512.FusedMultiplyAdd(r, Vector512.Create(1.9875691500e-4f), Vector512.Create(1.3981999507e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(8.3334519073e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(4.1665795894e-2f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.6666665459e-1f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(5.0000001201e-1f));
        p = Vector512.FusedMultiplyAdd(p, r * r, r) + Vector512<float>.One;
        Vector512<int> power = Vector512.ShiftLeft(shifted.AsInt32(), 23) + Vector512<float>.One.AsInt32();
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512.Create(Smallest)), Vector512<float>.Zero, p * power.AsSingle());
    }

    /// <summary><c>tanh x</c> by the rational approximation of Eigen: at most 4 ulp, odd.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Tanh(Vector512<float> x)
    {
        // Beyond this bound tanh rounds to 1.
        Vector512<float> bound = Vector512.Create(7.90531110763549805f);
        x = Vector512.Min(Vector512.Max(x, -bound), bound);
        Vector512<float> x2 = x * x;
        Vector512<float> p = Vector512.FusedMultiplyAdd(x2, Vector512.Create(-2.76076847742355e-16f), Vector512.Create(2.00018790482477e-13f));
        p = Vector512.FusedMultiplyAdd(x2, p, Vector512.Create(-8.60467152213735e-11f));
        p = Vector512.FusedMultiplyAdd(x2, p, Vector512.Create(5.12229709037114e-08f));
        p = Vector512.FusedMultiplyAdd(x2, p, Vector512.Create(1.48572235717979e-05f));
        p = Vector512.FusedMultiplyAdd(x2, p, Vector512.Create(6.37261928875436e-04f));
        p = Vector512.FusedMultiplyAdd(x2, p, Vector512.Create(4.89352455891786e-03f)) * x;
        Vector512<float> q = Vector512.FusedMultiplyAdd(x2, Vector512.Create(1.19825839466702e-06f), Vector512.Create(1.18534705686654e-04f));
        q = Vector512.FusedMultiplyAdd(x2, q, Vector512.Create(2.26843463243900e-03f));
        q = Vector512.FusedMultiplyAdd(x2, q, Vector512.Create(4.89352518554385e-03f));
        return p / q;
    }

    /// <summary>The score after the soft cap, <c>cap tanh(s / cap)</c>, if there is one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Cap(Vector512<float> score, float cap) => cap > 0 ? Tanh(score / cap) * cap : score;

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
        Vector512<float> p = Exp(capped - logZ) & visible;
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
}
