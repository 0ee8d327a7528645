namespace FastAlign.Kernels.Device;

/// <summary><c>dgate = dy up f'(gate)</c>, <c>dup = dy f(gate)</c></summary>
/// <param name="Extent">Of dy.</param>
/// <param name="Gate">[N, F].</param>
/// <param name="Up">[N, F].</param>
/// <param name="Dy">[N, F].</param>
/// <param name="DGate">[N, F]; may be the gate.</param>
/// <param name="DUp">[N, F]; may be up.</param>
public readonly record struct GatedGradientArguments(
    MapExtent Extent, MatrixView<float> Gate, MatrixView<float> Up, MatrixView<float> Dy, MatrixView<float> DGate, MatrixView<float> DUp);
