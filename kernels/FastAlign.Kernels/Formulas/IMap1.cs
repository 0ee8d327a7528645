namespace FastAlign.Kernels;

/// <summary>A formula of one operand as a type, so that a loop is compiled for it: <c>y = f(x)</c>. Implemented by readonly structs.</summary>
public interface IMap1<T>
    where T : struct, ILane<T>
{
    /// <summary><c>f(x)</c></summary>
    T Apply(T x);
}
