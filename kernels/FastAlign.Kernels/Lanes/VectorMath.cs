using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FastAlign.Kernels;

/// <summary>Exponential, logarithm and error function of sixteen floats, with the same bits on AVX-512, AVX2 and without either.</summary>
/// <remarks>Host only: these fuse multiply and add, which formulas must not. Minimax coefficients: N. Juffa.</remarks>
public static class VectorMath
{
    private const float Log2E = 1.442695f;

    // ln 2 in two parts; the high one ends in zeros, so that n * high is exact for every exponent n.
    private const float Ln2High = 6.93145752e-1f;
    private const float Ln2Low = 1.42860677e-6f;
    private const float Ln2 = 0.693147182f;

    // Below, exp rounds to 0 (half of the least positive float is e^-103.97); above, to infinity.
    private const float ExpLowest = -104f;
    private const float ExpHighest = 89f;

    // Adding and subtracting 1.5 * 2^23 rounds to the nearest integer, ties to even.
    private const float Rounder = 12582912f;

    // 475/512: where the two forms of erf meet. erf(4) rounds to 1, and beyond it the polynomial must not turn.
    private const float ErfPolynomialEnd = 0.927734375f;
    private const float ErfOne = 4;

    private const float SmallestNormal = 1.17549435e-38f;

    /// <summary><c>e^x</c>, max error 0.87 ulp (subnormal results included); 1 at 0, 0 at -inf, +inf above 88.72; NaN passes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        // Selects instead of min and max: a NaN compares false and passes.
        Vector512<float> lowest = Vector512.Create(ExpLowest);
        Vector512<float> highest = Vector512.Create(ExpHighest);
        x = Vector512.ConditionalSelect(Vector512.LessThan(x, lowest), lowest, x);
        x = Vector512.ConditionalSelect(Vector512.GreaterThan(x, highest), highest, x);
        return ExpInRange(x);
    }

    /// <summary>Error function, max error 1.1 ulp; odd; ±1 at ±inf; NaN passes. The forms of <see cref="FloatFunctions.Erf{T}"/>, fused.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Erf(Vector512<float> x)
    {
        Vector512<float> a = Vector512.Abs(x);
        Vector512<float> s = x * x;
        Vector512<float> near = Vector512.Create(-5.96761703e-4f);
        near = Vector512.FusedMultiplyAdd(near, s, Vector512.Create(4.99119423e-3f));
        near = Vector512.FusedMultiplyAdd(near, s, Vector512.Create(-2.67681349e-2f));
        near = Vector512.FusedMultiplyAdd(near, s, Vector512.Create(1.12819925e-1f));
        near = Vector512.FusedMultiplyAdd(near, s, Vector512.Create(-3.76125336e-1f));
        near = Vector512.FusedMultiplyAdd(near, s, Vector512.Create(1.28379166e-1f));
        near = Vector512.FusedMultiplyAdd(near, x, x);

        // 1 - e^-(a + a q(a)). Choosing coefficients instead of results would halve the chain, and was slower.
        Vector512<float> end = Vector512.Create(ErfOne);
        Vector512<float> b = Vector512.ConditionalSelect(Vector512.LessThan(end, a), end, a);
        Vector512<float> q = Vector512.Create(-1.72853470e-5f);
        q = Vector512.FusedMultiplyAdd(q, b, Vector512.Create(3.83197126e-4f));
        q = Vector512.FusedMultiplyAdd(q, b, Vector512.Create(-3.88396438e-3f));
        q = Vector512.FusedMultiplyAdd(q, b, Vector512.Create(2.42546219e-2f));
        q = Vector512.FusedMultiplyAdd(q, b, Vector512.Create(-1.06777877e-1f));
        q = Vector512.FusedMultiplyAdd(q, b, Vector512.Create(-6.34846687e-1f));
        q = Vector512.FusedMultiplyAdd(q, b, Vector512.Create(-1.28717512e-1f));
        Vector512<float> far = Vector512<float>.One - ExpInRange(Vector512.FusedMultiplyAdd(q, b, -b));
        far = Vector512.ConditionalSelect(Vector512.Create(-0f), x, far);
        return Vector512.ConditionalSelect(Vector512.LessThan(a, Vector512.Create(ErfPolynomialEnd)), near, far);
    }

    /// <summary><c>e^x</c> for x in [-104, 89] or NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> ExpInRange(Vector512<float> x)
    {
        // e^x = 2^n e^f with |f| <= ln(2)/2.
        Vector512<float> n = Vector512.FusedMultiplyAdd(x, Vector512.Create(Log2E), Vector512.Create(Rounder)) - Vector512.Create(Rounder);
        Vector512<float> f = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2High), x);
        f = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2Low), f);

        Vector512<float> p = Vector512.Create(1.37805939e-3f);
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(8.37312452e-3f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(4.16695364e-2f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(1.66664720e-1f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(4.99999851e-1f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512<float>.One);
        p = Vector512.FusedMultiplyAdd(p, f, Vector512<float>.One);
        return ScaleByPowerOfTwo(p, n);
    }

    /// <summary>Natural logarithm, max error 0.86 ulp; 0 at 1, -inf at 0, +inf at +inf, NaN below 0; NaN passes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Log(Vector512<float> x)
    {
        Vector512<float> isTiny = Vector512.LessThan(x, Vector512.Create(SmallestNormal));
        Vector512<float> a = Vector512.ConditionalSelect(isTiny, x * Vector512.Create(8388608f), x);
        Vector512<float> exponent = Vector512.ConditionalSelect(isTiny, Vector512.Create(-23f), Vector512<float>.Zero);

        // a = 2^e (1 + m) with 1 + m in [2/3, 4/3): near 1, e is 0 and no cancellation remains.
        Vector512<int> bits = a.AsInt32();
        Vector512<int> e = (bits - Vector512.Create(0.666666667f).AsInt32()) & Vector512.Create(unchecked((int)0xff800000));
        Vector512<float> m = (bits - e).AsSingle() - Vector512<float>.One;
        exponent = Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle(e), Vector512.Create(1.19209290e-7f), exponent);

        // log(1 + m): two half-length chains in m^2 for parallelism.
        Vector512<float> s = m * m;
        Vector512<float> r = Vector512.Create(-0.130310059f);
        Vector512<float> t = Vector512.Create(0.140869141f);
        r = Vector512.FusedMultiplyAdd(r, s, Vector512.Create(-0.121483512f));
        t = Vector512.FusedMultiplyAdd(t, s, Vector512.Create(0.139814854f));
        r = Vector512.FusedMultiplyAdd(r, s, Vector512.Create(-0.166846126f));
        t = Vector512.FusedMultiplyAdd(t, s, Vector512.Create(0.200120345f));
        r = Vector512.FusedMultiplyAdd(r, s, Vector512.Create(-0.249996200f));
        r = Vector512.FusedMultiplyAdd(t, m, r);
        r = Vector512.FusedMultiplyAdd(r, m, Vector512.Create(0.333331972f));
        r = Vector512.FusedMultiplyAdd(r, m, Vector512.Create(-0.5f));
        r = Vector512.FusedMultiplyAdd(r, s, m);
        r = Vector512.FusedMultiplyAdd(exponent, Vector512.Create(Ln2), r);

        // +inf and NaN pass; then 0, then what lies below it.
        r = Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512.Create(float.PositiveInfinity)), r, x);
        r = Vector512.ConditionalSelect(Vector512.Equals(x, Vector512<float>.Zero), Vector512.Create(float.NegativeInfinity), r);
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<float>.Zero), Vector512.Create(float.NaN), r);
    }

    /// <summary><c>p * 2^n</c> for p in [0.5, 2] and whole n in [-150, 129], rounded once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> ScaleByPowerOfTwo(Vector512<float> p, Vector512<float> n)
    {
        if (Avx512F.IsSupported)
        {
            return Avx512F.Scale(p, n);
        }

        // Two factors, because 2^n itself may not be a float. The first product is exact, so this rounds once, as the instruction does.
        Vector512<int> whole = Vector512.ConvertToInt32(n);
        Vector512<int> half = Vector512.ShiftRightArithmetic(whole, 1);
        Vector512<int> bias = Vector512.Create(127);
        Vector512<float> first = Vector512.ShiftLeft(half + bias, 23).AsSingle();
        Vector512<float> second = Vector512.ShiftLeft(whole - half + bias, 23).AsSingle();
        return p * first * second;
    }
}
