namespace FastAlign.Kernels;

/// <summary>
/// A value and its slope along one input (forward-mode differentiation): a formula written once over a lane, evaluated on this lane, yields its exact
/// derivative beside its value. So no loss states its derivative by hand.
/// </summary>
/// <remarks>
/// Conventions at kinks: a selected branch brings its own slope, <see cref="Abs"/> has slope 0 at 0. A branch that was not selected takes no part, even
/// if its slope is infinite. Errors of a slope are a few roundings of its largest term. Source: Wengert, "A simple automatic derivative evaluation
/// program", CACM 1964.
/// </remarks>
/// <typeparam name="T">The lane of value and slope: double on the host, float on devices.</typeparam>
public readonly struct Dual<T>(T value, T slope) : ILane<Dual<T>>
    where T : struct, ILane<T>
{
    // 2 / sqrt(pi)
    private const double ErfSlopeAtZero = 1.12837916709551257390;

    public static int Width => T.Width;

    public T Value { get; } = value;

    public T Slope { get; } = slope;

    /// <summary>The input along which slopes are taken.</summary>
    public static Dual<T> Variable(T value) => new(value, T.Constant(1));

    /// <summary>Any other input.</summary>
    public static Dual<T> Fixed(T value) => new(value, T.Constant(0));

    public static Dual<T> Constant(double value) => Fixed(T.Constant(value));

    public static Dual<T> operator +(Dual<T> a, Dual<T> b) => new(a.Value + b.Value, a.Slope + b.Slope);

    public static Dual<T> operator -(Dual<T> a, Dual<T> b) => new(a.Value - b.Value, a.Slope - b.Slope);

    public static Dual<T> operator *(Dual<T> a, Dual<T> b) => new(a.Value * b.Value, (a.Slope * b.Value) + (a.Value * b.Slope));

    public static Dual<T> operator /(Dual<T> a, Dual<T> b)
    {
        T quotient = a.Value / b.Value;
        return new(quotient, (a.Slope - (quotient * b.Slope)) / b.Value);
    }

    public static Dual<T> operator -(Dual<T> a) => new(-a.Value, -a.Slope);

    public static Dual<T> IfLess(Dual<T> a, Dual<T> b, Dual<T> then, Dual<T> otherwise) =>
        new(T.IfLess(a.Value, b.Value, then.Value, otherwise.Value), T.IfLess(a.Value, b.Value, then.Slope, otherwise.Slope));

    public static Dual<T> IfEqual(Dual<T> a, Dual<T> b, Dual<T> then, Dual<T> otherwise) =>
        new(T.IfEqual(a.Value, b.Value, then.Value, otherwise.Value), T.IfEqual(a.Value, b.Value, then.Slope, otherwise.Slope));

    public static Dual<T> Max(Dual<T> a, Dual<T> b) => IfLess(a, b, b, a);

    public static Dual<T> Min(Dual<T> a, Dual<T> b) => IfLess(b, a, b, a);

    public static Dual<T> Abs(Dual<T> a)
    {
        T zero = T.Constant(0);
        return new(T.Abs(a.Value), T.IfLess(zero, a.Value, a.Slope, T.IfLess(a.Value, zero, -a.Slope, zero)));
    }

    public static Dual<T> Sqrt(Dual<T> a)
    {
        T root = T.Sqrt(a.Value);
        return new(root, a.Slope / (root + root));
    }

    public static Dual<T> Exp(Dual<T> a)
    {
        T e = T.Exp(a.Value);
        return new(e, a.Slope * e);
    }

    public static Dual<T> Log(Dual<T> a) => new(T.Log(a.Value), a.Slope / a.Value);

    public static Dual<T> Tanh(Dual<T> a)
    {
        T t = T.Tanh(a.Value);

        // 1 - t^2 as 4 s(2a) s(-2a): keeps its digits where t is close to 1.
        T twice = a.Value + a.Value;
        return new(t, a.Slope * T.Constant(4) * T.Sigmoid(twice) * T.Sigmoid(-twice));
    }

    public static Dual<T> Erf(Dual<T> a) => new(T.Erf(a.Value), a.Slope * T.Constant(ErfSlopeAtZero) * T.Exp(-(a.Value * a.Value)));

    public static Dual<T> Expm1(Dual<T> a) => new(T.Expm1(a.Value), a.Slope * T.Exp(a.Value));

    public static Dual<T> Log1p(Dual<T> a) => new(T.Log1p(a.Value), a.Slope / (T.Constant(1) + a.Value));

    public static Dual<T> Sigmoid(Dual<T> a)
    {
        T s = T.Sigmoid(a.Value);
        return new(s, a.Slope * s * T.Sigmoid(-a.Value));
    }

    public static Dual<T> Softplus(Dual<T> a) => new(T.Softplus(a.Value), a.Slope * T.Sigmoid(a.Value));

    public static Dual<T> Detach(Dual<T> a) => Fixed(a.Value);
}
