namespace FastAlign.Kernels;

/// <summary>
/// One or more reals that a formula is evaluated on at once. A formula written over a lane runs on the host in double (losses) or in
/// vectors (element-wise ops) and on devices one float per thread.
/// </summary>
/// <remarks>
/// Arithmetic and <see cref="Sqrt"/> are correctly rounded in every lane, so a formula of those alone has the same bits in
/// <see cref="ScalarFloat"/> and <see cref="Vector512Lane"/>. Formulas write <c>a * b + c</c>: a fused form does not compile for devices.
/// There is no comparison that yields a mask: <see cref="IfLess"/> and <see cref="IfEqual"/> are all that branch-free formulas need. The logistic
/// family is part of the interface, though it can be composed from the rest (see <see cref="StableForms"/>), because <see cref="Dual{T}"/>
/// differentiates it by its own rules: a slope taken through the corrections inside those forms would be noise.
/// </remarks>
public interface ILane<TSelf>
    where TSelf : struct, ILane<TSelf>
{
    /// <summary>Reals in one lane.</summary>
    static abstract int Width { get; }

    /// <summary><paramref name="value"/>, rounded to the lane's precision, in every place.</summary>
    static abstract TSelf Constant(double value);

    static abstract TSelf operator +(TSelf a, TSelf b);

    static abstract TSelf operator -(TSelf a, TSelf b);

    static abstract TSelf operator *(TSelf a, TSelf b);

    static abstract TSelf operator /(TSelf a, TSelf b);

    static abstract TSelf operator -(TSelf a);

    /// <summary><c>a &lt; b ? then : otherwise</c>; unordered operands give <paramref name="otherwise"/>.</summary>
    static abstract TSelf IfLess(TSelf a, TSelf b, TSelf then, TSelf otherwise);

    /// <summary><c>a == b ? then : otherwise</c>; unordered operands give <paramref name="otherwise"/>.</summary>
    static abstract TSelf IfEqual(TSelf a, TSelf b, TSelf then, TSelf otherwise);

    /// <summary><c>a &lt; b ? b : a</c>: a NaN in <paramref name="a"/> passes, one in <paramref name="b"/> does not.</summary>
    static abstract TSelf Max(TSelf a, TSelf b);

    /// <summary><c>b &lt; a ? b : a</c>: a NaN in <paramref name="a"/> passes, one in <paramref name="b"/> does not.</summary>
    static abstract TSelf Min(TSelf a, TSelf b);

    static abstract TSelf Abs(TSelf a);

    static abstract TSelf Sqrt(TSelf a);

    /// <summary><c>e^a</c>: 1 at 0 and 0 at -inf exactly; +inf beyond the range; NaN passes.</summary>
    static abstract TSelf Exp(TSelf a);

    /// <summary>Natural logarithm: 0 at 1 exactly, -inf at 0, NaN below 0.</summary>
    static abstract TSelf Log(TSelf a);

    static abstract TSelf Tanh(TSelf a);

    /// <summary>Error function <c>2/sqrt(pi) * integral_0^a exp(-t^2) dt</c>.</summary>
    static abstract TSelf Erf(TSelf a);

    /// <summary><c>e^a - 1</c> with full relative precision near 0.</summary>
    static abstract TSelf Expm1(TSelf a);

    /// <summary><c>log(1 + a)</c> with full relative precision near 0; a > -1.</summary>
    static abstract TSelf Log1p(TSelf a);

    /// <summary><c>1 / (1 + e^-a)</c> with full relative precision at both ends.</summary>
    static abstract TSelf Sigmoid(TSelf a);

    /// <summary><c>log(1 + e^a)</c> with full relative precision at both ends.</summary>
    static abstract TSelf Softplus(TSelf a);

    /// <summary><paramref name="a"/> as a constant: its value goes on, its derivative does not ("stop-gradient", sg in papers). Only <see cref="Dual{T}"/> knows a derivative to drop.</summary>
    static abstract TSelf Detach(TSelf a);
}
