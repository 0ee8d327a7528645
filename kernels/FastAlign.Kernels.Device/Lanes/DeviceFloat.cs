using System.Runtime.CompilerServices;

namespace FastAlign.Kernels.Device;

/// <summary>One float of a device thread: the lane that formulas are evaluated on in kernels.</summary>
/// <remarks>
/// Functions are our own, of arithmetic alone (<see cref="DeviceMath"/>): the platforms' differ in accuracy, and CUDA's would have to be linked in.
/// </remarks>
public readonly struct DeviceFloat(float value) : ILane<DeviceFloat>
{
    public static int Width => 1;

    public float Value { get; } = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DeviceFloat Constant(double value) => new((float)value);

    public static DeviceFloat operator +(DeviceFloat a, DeviceFloat b) => new(a.Value + b.Value);

    public static DeviceFloat operator -(DeviceFloat a, DeviceFloat b) => new(a.Value - b.Value);

    public static DeviceFloat operator *(DeviceFloat a, DeviceFloat b) => new(a.Value * b.Value);

    public static DeviceFloat operator /(DeviceFloat a, DeviceFloat b) => new(a.Value / b.Value);

    public static DeviceFloat operator -(DeviceFloat a) => new(-a.Value);

    public static DeviceFloat IfLess(DeviceFloat a, DeviceFloat b, DeviceFloat then, DeviceFloat otherwise) => a.Value < b.Value ? then : otherwise;

    public static DeviceFloat IfEqual(DeviceFloat a, DeviceFloat b, DeviceFloat then, DeviceFloat otherwise) => a.Value == b.Value ? then : otherwise;

    public static DeviceFloat Max(DeviceFloat a, DeviceFloat b) => a.Value < b.Value ? b : a;

    public static DeviceFloat Min(DeviceFloat a, DeviceFloat b) => b.Value < a.Value ? b : a;

    public static DeviceFloat Abs(DeviceFloat a) => new(MathF.Abs(a.Value));

    public static DeviceFloat Sqrt(DeviceFloat a) => new(MathF.Sqrt(a.Value));

    public static DeviceFloat Exp(DeviceFloat a) => new(DeviceMath.Exp(a.Value));

    public static DeviceFloat Log(DeviceFloat a) => new(DeviceMath.Log(a.Value));

    public static DeviceFloat Tanh(DeviceFloat a) => FloatFunctions.Tanh(a);

    public static DeviceFloat Erf(DeviceFloat a) => FloatFunctions.Erf(a);

    public static DeviceFloat Expm1(DeviceFloat a) => StableForms.Expm1(a);

    public static DeviceFloat Log1p(DeviceFloat a) => StableForms.Log1p(a);

    public static DeviceFloat Sigmoid(DeviceFloat a) => StableForms.Sigmoid(a);

    public static DeviceFloat Softplus(DeviceFloat a) => StableForms.Softplus(a);

    public static DeviceFloat Detach(DeviceFloat a) => a;
}
