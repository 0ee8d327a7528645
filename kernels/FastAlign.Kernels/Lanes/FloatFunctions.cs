using System.Runtime.CompilerServices;

namespace FastAlign.Kernels;

/// <summary>Functions of float lanes that are built on <c>Exp</c> and arithmetic: written once for vectors and device threads.</summary>
public static class FloatFunctions
{
    // Below, tanh is its odd polynomial (Cephes tanhf); above, 1 - 2/(e^2x + 1) has no cancellation left.
    private const double TanhPolynomialEnd = 0.625;

    // 475/512: where the two minimax forms of erf meet (N. Juffa).
    private const double ErfPolynomialEnd = 0.927734375;

    // erf(4) is 1 - 1.5e-8, which rounds to 1.
    private const double ErfOne = 4;

    /// <summary>Hyperbolic tangent; max error 1.5 ulp with an exp of 1 ulp. Odd; ±1 at ±inf; NaN passes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Tanh<T>(T x)
        where T : struct, ILane<T>
    {
        T one = T.Constant(1);
        T a = T.Abs(x);
        T s = x * x;
        T p = (T.Constant(-5.70498872745e-3) * s) + T.Constant(2.06390887954e-2);
        p = (p * s) + T.Constant(-5.37397155531e-2);
        p = (p * s) + T.Constant(1.33314422036e-1);
        p = (p * s) + T.Constant(-3.33332819422e-1);
        T near = (p * s * x) + x;
        T far = one - (T.Constant(2) / (T.Exp(a + a) + one));
        far = T.IfLess(x, T.Constant(0), -far, far);
        return T.IfLess(a, T.Constant(TanhPolynomialEnd), near, far);
    }

    /// <summary>Error function; max error 1.5 ulp with an exp of 1 ulp. Odd; ±1 at ±inf; NaN passes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Erf<T>(T x)
        where T : struct, ILane<T>
    {
        T a = T.Abs(x);
        T s = x * x;
        T near = (T.Constant(-5.96761703e-4) * s) + T.Constant(4.99119423e-3);
        near = (near * s) + T.Constant(-2.67681349e-2);
        near = (near * s) + T.Constant(1.12819925e-1);
        near = (near * s) + T.Constant(-3.76125336e-1);
        near = (near * s) + T.Constant(1.28379166e-1);
        near = (near * x) + x;

        // 1 - e^-(a + a q(a)); beyond ErfOne the result is 1 and the polynomial must not turn.
        T b = T.Min(a, T.Constant(ErfOne));
        T q = (T.Constant(-1.72853470e-5) * b) + T.Constant(3.83197126e-4);
        q = (q * b) + T.Constant(-3.88396438e-3);
        q = (q * b) + T.Constant(2.42546219e-2);
        q = (q * b) + T.Constant(-1.06777877e-1);
        q = (q * b) + T.Constant(-6.34846687e-1);
        q = (q * b) + T.Constant(-1.28717512e-1);
        T far = T.Constant(1) - T.Exp((q * b) - b);
        far = T.IfLess(x, T.Constant(0), -far, far);
        return T.IfLess(a, T.Constant(ErfPolynomialEnd), near, far);
    }
}
