namespace FastAlign.Kernels;

/// <summary>One float: what a device thread computes, and the tail of a host loop whose formula is exact arithmetic.</summary>
/// <remarks><see cref="Erf"/> errs by at most 1.5 ulp; exp, log and tanh are those of the platform.</remarks>
public readonly struct ScalarFloat(float value) : ILane<ScalarFloat>
{
    public static int Width => 1;

    public float Value { get; } = value;

    public static ScalarFloat Constant(double value) => new((float)value);

    public static ScalarFloat operator +(ScalarFloat a, ScalarFloat b) => new(a.Value + b.Value);

    public static ScalarFloat operator -(ScalarFloat a, ScalarFloat b) => new(a.Value - b.Value);

    public static ScalarFloat operator *(ScalarFloat a, ScalarFloat b) => new(a.Value * b.Value);

    public static ScalarFloat operator /(ScalarFloat a, ScalarFloat b) => new(a.Value / b.Value);

    public static ScalarFloat operator -(ScalarFloat a) => new(-a.Value);

    public static ScalarFloat IfLess(ScalarFloat a, ScalarFloat b, ScalarFloat then, ScalarFloat otherwise) => a.Value < b.Value ? then : otherwise;

    public static ScalarFloat IfEqual(ScalarFloat a, ScalarFloat b, ScalarFloat then, ScalarFloat otherwise) => a.Value == b.Value ? then : otherwise;

    public static ScalarFloat Max(ScalarFloat a, ScalarFloat b) => a.Value < b.Value ? b : a;

    public static ScalarFloat Min(ScalarFloat a, ScalarFloat b) => b.Value < a.Value ? b : a;

    public static ScalarFloat Abs(ScalarFloat a) => new(MathF.Abs(a.Value));

    public static ScalarFloat Sqrt(ScalarFloat a) => new(MathF.Sqrt(a.Value));

    public static ScalarFloat Exp(ScalarFloat a) => new(MathF.Exp(a.Value));

    public static ScalarFloat Log(ScalarFloat a) => new(MathF.Log(a.Value));

    public static ScalarFloat Tanh(ScalarFloat a) => new(MathF.Tanh(a.Value));

    public static ScalarFloat Erf(ScalarFloat a) => FloatFunctions.Erf(a);

    public static ScalarFloat Expm1(ScalarFloat a) => StableForms.Expm1(a);

    public static ScalarFloat Log1p(ScalarFloat a) => StableForms.Log1p(a);

    public static ScalarFloat Sigmoid(ScalarFloat a) => StableForms.Sigmoid(a);

    public static ScalarFloat Softplus(ScalarFloat a) => StableForms.Softplus(a);

    public static ScalarFloat Detach(ScalarFloat a) => a;
}
