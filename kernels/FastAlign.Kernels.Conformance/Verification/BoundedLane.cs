namespace FastAlign.Kernels.Conformance;

/// <summary>
/// A real in double with a bound of how far the same formula in float may lie from it: every operation passes on the bounds of its operands by its
/// derivative and adds its own rounding (running error analysis: Wilkinson; Higham, "Accuracy and Stability", section 3.3). A comparison that the bounds
/// leave open takes both branches. On <see cref="Dual{T}"/> it bounds slopes, too.
/// </summary>
internal readonly struct BoundedLane(double value, double error) : ILane<BoundedLane>
{
    /// <summary>u = 2^-24; elementary functions err by at most 2 ulp (see the lanes), those composed of several by 4.</summary>
    private const double Unit = 1.0 / (1 << 24);
    private const double Function = 4 * Unit;
    private const double Composed = 8 * Unit;

    /// <summary>Below the least normal float results round absolutely.</summary>
    private const double Tiny = 2e-38;

    public static int Width => 1;

    public double Value { get; } = value;

    public double Error { get; } = double.IsFinite(value) ? error : 0;

    public static BoundedLane Constant(double value) => new(value, (float)value == value ? 0 : Unit * Math.Abs(value));

    public static BoundedLane operator +(BoundedLane a, BoundedLane b) => Rounded(a.Value + b.Value, a.Error + b.Error, Unit);

    public static BoundedLane operator -(BoundedLane a, BoundedLane b) => Rounded(a.Value - b.Value, a.Error + b.Error, Unit);

    public static BoundedLane operator *(BoundedLane a, BoundedLane b) =>
        Rounded(a.Value * b.Value, (Math.Abs(a.Value) * b.Error) + (Math.Abs(b.Value) * a.Error) + (a.Error * b.Error), Unit);

    public static BoundedLane operator /(BoundedLane a, BoundedLane b)
    {
        double quotient = a.Value / b.Value;
        return Rounded(quotient, (a.Error + (Math.Abs(quotient) * b.Error)) / (Math.Abs(b.Value) - b.Error), Unit);
    }

    public static BoundedLane operator -(BoundedLane a) => new(-a.Value, a.Error);

    public static BoundedLane IfLess(BoundedLane a, BoundedLane b, BoundedLane then, BoundedLane otherwise) =>
        Choose(a.Value < b.Value, a, b, then, otherwise);

    public static BoundedLane IfEqual(BoundedLane a, BoundedLane b, BoundedLane then, BoundedLane otherwise) =>
        Choose(a.Value == b.Value, a, b, then, otherwise);

    public static BoundedLane Max(BoundedLane a, BoundedLane b) => new(Math.Max(a.Value, b.Value), Math.Max(a.Error, b.Error));

    public static BoundedLane Min(BoundedLane a, BoundedLane b) => new(Math.Min(a.Value, b.Value), Math.Max(a.Error, b.Error));

    public static BoundedLane Abs(BoundedLane a) => new(Math.Abs(a.Value), a.Error);

    public static BoundedLane Sqrt(BoundedLane a) => Rounded(Math.Sqrt(a.Value), a.Error / Math.Sqrt(a.Value), Unit);

    public static BoundedLane Exp(BoundedLane a) => Rounded(Math.Exp(a.Value), Math.Exp(a.Value) * DoubleExpm1(a.Error), Function);

    public static BoundedLane Log(BoundedLane a) => Rounded(Math.Log(a.Value), a.Error / (a.Value - a.Error), Function);

    public static BoundedLane Tanh(BoundedLane a) => Rounded(Math.Tanh(a.Value), a.Error, Composed);

    public static BoundedLane Erf(BoundedLane a) => Rounded(ScalarDouble.Erf(new ScalarDouble(a.Value)).Value, 2 * a.Error / Math.Sqrt(Math.PI), Composed);

    public static BoundedLane Expm1(BoundedLane a) => Rounded(DoubleExpm1(a.Value), Math.Exp(a.Value + a.Error) * a.Error, Composed);

    public static BoundedLane Log1p(BoundedLane a) => Rounded(ScalarDouble.Log1p(new ScalarDouble(a.Value)).Value, a.Error / (1 + a.Value - a.Error), Composed);

    // The derivative is largest at the place within the bound that lies nearest to 0.
    public static BoundedLane Sigmoid(BoundedLane a)
    {
        double nearest = Math.Max(0, Math.Abs(a.Value) - a.Error);
        double slope = ScalarDouble.Sigmoid(new ScalarDouble(nearest)).Value * ScalarDouble.Sigmoid(new ScalarDouble(-nearest)).Value;
        return Rounded(ScalarDouble.Sigmoid(new ScalarDouble(a.Value)).Value, slope * a.Error, Composed);
    }

    public static BoundedLane Softplus(BoundedLane a) =>
        Rounded(ScalarDouble.Softplus(new ScalarDouble(a.Value)).Value, a.Error * ScalarDouble.Sigmoid(new ScalarDouble(a.Value + a.Error)).Value, Composed);

    public static BoundedLane Detach(BoundedLane a) => a;

    private static BoundedLane Choose(bool isFirst, BoundedLane a, BoundedLane b, BoundedLane then, BoundedLane otherwise)
    {
        BoundedLane chosen = isFirst ? then : otherwise;
        bool isOpen = a.Value != b.Value && Math.Abs(a.Value - b.Value) <= a.Error + b.Error;
        isOpen |= a.Value == b.Value && a.Error + b.Error > 0;
        return isOpen ? new BoundedLane(chosen.Value, Math.Abs(then.Value - otherwise.Value) + Math.Max(then.Error, otherwise.Error)) : chosen;
    }

    private static BoundedLane Rounded(double value, double error, double roundoff)
    {
        // An infinite operand takes no rounding with it: 0 times infinity is no error here.
        double passed = double.IsNaN(error) ? 0 : error;
        return new BoundedLane(value, passed + (roundoff * (Math.Abs(value) + passed)) + Tiny);
    }

    private static double DoubleExpm1(double x) => ScalarDouble.Expm1(new ScalarDouble(x)).Value;
}
