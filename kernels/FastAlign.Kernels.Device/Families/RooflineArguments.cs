namespace FastAlign.Kernels.Device;

/// <summary><c>x = factor x + step</c>, over and over.</summary>
/// <param name="Result">[Groups times threads of a group].</param>
/// <param name="Groups">Groups of the launch.</param>
/// <param name="Iterations">Of every chain.</param>
/// <param name="Factor">Below 1, so that nothing overflows.</param>
/// <param name="Step">Added.</param>
public readonly record struct MultiplyAddArguments(VectorView<float> Result, int Groups, int Iterations, float Factor, float Step);
