using System.Runtime.CompilerServices;

namespace FastAlign.Kernels;

/// <summary>
/// The logistic family without overflow or cancellation: each form subtracts nothing that it has just added and takes exp of nothing positive.
/// Lanes take their <c>Expm1</c>, <c>Log1p</c>, <c>Sigmoid</c> and <c>Softplus</c> from here; formulas call those of the lane.
/// </summary>
public static class StableForms
{
    private const double Ln2 = 0.69314718055994530942;

    // e^x - 1 loses no more than one bit outside [-1, 1].
    private const double Expm1SeriesEnd = 1;

    /// <summary><c>e^x - 1</c> with full relative precision near 0 (Kahan: divide by the logarithm of what exp really returned).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Expm1<T>(T x)
        where T : struct, ILane<T>
    {
        T one = T.Constant(1);
        T u = T.Exp(x);
        T difference = u - one;
        T corrected = T.IfEqual(u, one, x, difference * (x / T.Log(u)));
        return T.IfLess(T.Constant(Expm1SeriesEnd), T.Abs(x), difference, corrected);
    }

    /// <summary><c>log(1 + x)</c> with full relative precision near 0; x > -1 (Kahan: correct by what rounding 1 + x lost).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Log1p<T>(T x)
        where T : struct, ILane<T>
    {
        T one = T.Constant(1);
        T u = one + x;
        T kept = u - one;
        T log = T.Log(u);

        // kept == x: nothing was lost, or x is infinite.
        return T.IfEqual(kept, x, log, T.IfEqual(u, one, x, log * (x / kept)));
    }

    /// <summary><c>1 / (1 + e^-x)</c></summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sigmoid<T>(T x)
        where T : struct, ILane<T>
    {
        T one = T.Constant(1);
        T e = T.Exp(-T.Abs(x));
        T r = one / (one + e);
        return T.IfLess(x, T.Constant(0), e * r, r);
    }

    /// <summary><c>log(1 + e^x) = max(x, 0) + log1p(e^-|x|)</c></summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Softplus<T>(T x)
        where T : struct, ILane<T> => T.Max(x, T.Constant(0)) + Log1p(T.Exp(-T.Abs(x)));

    /// <summary><c>log sigmoid(x) = -softplus(-x)</c></summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T LogSigmoid<T>(T x)
        where T : struct, ILane<T> => -T.Softplus(-x);

    /// <summary><c>log(1 - e^x)</c>, x &lt; 0; -inf at 0, NaN above (Maechler, 2012: two forms that meet at -ln 2).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Log1mExp<T>(T x)
        where T : struct, ILane<T> =>
        T.IfLess(x, T.Constant(-Ln2), T.Log1p(-T.Exp(x)), T.Log(-T.Expm1(x)));

    /// <summary><c>max(x, 0)</c> with slope 0 at 0, torch's convention; NaN passes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Relu<T>(T x)
        where T : struct, ILane<T>
    {
        T zero = T.Constant(0);
        return T.IfLess(x, zero, zero, T.IfEqual(x, zero, zero, x));
    }

    /// <summary><c>share x</c>, and 0 for a share of 0 of anything, infinity included.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Share<T>(T share, T x)
        where T : struct, ILane<T>
    {
        T zero = T.Constant(0);
        return T.IfEqual(share, zero, zero, share * x);
    }
}
