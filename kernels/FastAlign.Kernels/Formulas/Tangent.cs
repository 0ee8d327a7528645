namespace FastAlign.Kernels;

/// <summary>A function's value and slope at one point.</summary>
public readonly struct Tangent<T>(T value, T slope)
    where T : struct, ILane<T>
{
    public T Value { get; } = value;

    public T Slope { get; } = slope;
}
