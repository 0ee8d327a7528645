namespace FastAlign.Kernels.Device;

/// <summary>Where a row of an operand begins in its matrix.</summary>
/// <param name="Row">Row of the matrix; -1 for an absent row, which reads as zeros and is not written.</param>
/// <param name="Column">First column: the heads of a token lie side by side.</param>
public readonly record struct RowStart(int Row, int Column);
