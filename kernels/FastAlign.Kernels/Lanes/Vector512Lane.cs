using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FastAlign.Kernels;

/// <summary>Sixteen floats: one AVX-512 register, or two AVX registers where that is all there is, with the same bits.</summary>
/// <remarks>Errors: see <see cref="VectorMath"/> for exp, log and erf; tanh is that of <see cref="FloatFunctions"/>.</remarks>
public readonly struct Vector512Lane : ILane<Vector512Lane>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512Lane(Vector512<float> value) => Value = value;

    public static int Width => Vector512<float>.Count;

    public Vector512<float> Value { get; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512Lane Constant(double value) => new(Vector512.Create((float)value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512Lane operator +(Vector512Lane a, Vector512Lane b) => new(a.Value + b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512Lane operator -(Vector512Lane a, Vector512Lane b) => new(a.Value - b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512Lane operator *(Vector512Lane a, Vector512Lane b) => new(a.Value * b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512Lane operator /(Vector512Lane a, Vector512Lane b) => new(a.Value / b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512Lane operator -(Vector512Lane a) => new(-a.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512Lane IfLess(Vector512Lane a, Vector512Lane b, Vector512Lane then, Vector512Lane otherwise) =>
        new(Vector512.ConditionalSelect(Vector512.LessThan(a.Value, b.Value), then.Value, otherwise.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512Lane IfEqual(Vector512Lane a, Vector512Lane b, Vector512Lane then, Vector512Lane otherwise) =>
        new(Vector512.ConditionalSelect(Vector512.Equals(a.Value, b.Value), then.Value, otherwise.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512Lane Max(Vector512Lane a, Vector512Lane b) => IfLess(a, b, b, a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512Lane Min(Vector512Lane a, Vector512Lane b) => IfLess(b, a, b, a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512Lane Abs(Vector512Lane a) => new(Vector512.Abs(a.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512Lane Sqrt(Vector512Lane a) => new(Vector512.Sqrt(a.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512Lane Exp(Vector512Lane a) => new(VectorMath.Exp(a.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512Lane Log(Vector512Lane a) => new(VectorMath.Log(a.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512Lane Tanh(Vector512Lane a) => FloatFunctions.Tanh(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512Lane Erf(Vector512Lane a) => Vector512.IsHardwareAccelerated ? new(VectorMath.Erf(a.Value)) : ErfOutOfLine(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512Lane Expm1(Vector512Lane a) => StableForms.Expm1(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512Lane Log1p(Vector512Lane a) => StableForms.Log1p(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512Lane Sigmoid(Vector512Lane a) => StableForms.Sigmoid(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512Lane Softplus(Vector512Lane a) => StableForms.Softplus(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512Lane Detach(Vector512Lane a) => a;

    // As two halves each step is several calls to inline; erf inlined uses up the compiler's budget and
    // made the slope of GELU four times slower (its value is 1.8 times slower this way).
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector512Lane ErfOutOfLine(Vector512Lane a) => new(VectorMath.Erf(a.Value));
}
