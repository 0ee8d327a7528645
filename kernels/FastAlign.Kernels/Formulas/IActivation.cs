namespace FastAlign.Kernels;

/// <summary>An activation function and its derivative as a type. Implemented by empty readonly structs.</summary>
public interface IActivation
{
    /// <summary><c>f(x)</c></summary>
    T Value<T>(T x)
        where T : struct, ILane<T>;

    /// <summary><c>f(x)</c> and <c>f'(x)</c>, which share most of their work.</summary>
    Tangent<T> ValueAndSlope<T>(T x)
        where T : struct, ILane<T>;
}
