namespace FastAlign.Kernels;

/// <summary>A formula of two operands as a type, so that a loop is compiled for it: <c>y = f(a, b)</c>. Implemented by readonly structs.</summary>
public interface IMap2<T>
    where T : struct, ILane<T>
{
    /// <summary><c>f(a, b)</c></summary>
    T Apply(T a, T b);
}
