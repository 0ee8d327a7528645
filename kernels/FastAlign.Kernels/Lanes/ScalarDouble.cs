namespace FastAlign.Kernels;

/// <summary>One double: losses on the host, and oracles.</summary>
/// <remarks><see cref="Erf"/> errs by less than 1 ulp; exp, log and tanh are those of the platform.</remarks>
public readonly struct ScalarDouble(double value) : ILane<ScalarDouble>
{
    public static int Width => 1;

    public double Value { get; } = value;

    public static ScalarDouble Constant(double value) => new(value);

    public static ScalarDouble operator +(ScalarDouble a, ScalarDouble b) => new(a.Value + b.Value);

    public static ScalarDouble operator -(ScalarDouble a, ScalarDouble b) => new(a.Value - b.Value);

    public static ScalarDouble operator *(ScalarDouble a, ScalarDouble b) => new(a.Value * b.Value);

    public static ScalarDouble operator /(ScalarDouble a, ScalarDouble b) => new(a.Value / b.Value);

    public static ScalarDouble operator -(ScalarDouble a) => new(-a.Value);

    public static ScalarDouble IfLess(ScalarDouble a, ScalarDouble b, ScalarDouble then, ScalarDouble otherwise) => a.Value < b.Value ? then : otherwise;

    public static ScalarDouble IfEqual(ScalarDouble a, ScalarDouble b, ScalarDouble then, ScalarDouble otherwise) => a.Value == b.Value ? then : otherwise;

    public static ScalarDouble Max(ScalarDouble a, ScalarDouble b) => a.Value < b.Value ? b : a;

    public static ScalarDouble Min(ScalarDouble a, ScalarDouble b) => b.Value < a.Value ? b : a;

    public static ScalarDouble Abs(ScalarDouble a) => new(Math.Abs(a.Value));

    public static ScalarDouble Sqrt(ScalarDouble a) => new(Math.Sqrt(a.Value));

    public static ScalarDouble Exp(ScalarDouble a) => new(Math.Exp(a.Value));

    public static ScalarDouble Log(ScalarDouble a) => new(Math.Log(a.Value));

    public static ScalarDouble Tanh(ScalarDouble a) => new(Math.Tanh(a.Value));

    public static ScalarDouble Erf(ScalarDouble a) => new(DoubleFunctions.Erf(a.Value));

    public static ScalarDouble Expm1(ScalarDouble a) => StableForms.Expm1(a);

    public static ScalarDouble Log1p(ScalarDouble a) => StableForms.Log1p(a);

    public static ScalarDouble Sigmoid(ScalarDouble a) => StableForms.Sigmoid(a);

    public static ScalarDouble Softplus(ScalarDouble a) => StableForms.Softplus(a);

    public static ScalarDouble Detach(ScalarDouble a) => a;
}
