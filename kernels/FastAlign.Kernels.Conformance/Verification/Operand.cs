using FastAlign.Core;

namespace FastAlign.Kernels.Conformance;

/// <summary>What a case does with an operand.</summary>
public enum OperandRole
{
    /// <summary>Read only.</summary>
    Input,

    /// <summary>Assigned by the forward call; holds garbage (NaN) before it. The backward call finds the reference's values in it.</summary>
    Output,

    /// <summary>Added to, or updated in place, by the forward call.</summary>
    Sum,

    /// <summary>Assigned by the backward call; holds garbage (NaN) before it.</summary>
    Gradient,

    /// <summary>Added to by the backward call.</summary>
    GradientSum,
}

/// <summary>A named operand of a case with its initial values.</summary>
/// <param name="Name">As in <see cref="IOps"/>.</param>
/// <param name="Shape">Extent.</param>
/// <param name="Role">How the case uses it.</param>
/// <param name="Type">Element type; null for the real type of the backend under test.</param>
/// <param name="Padding">Elements between rows that belong to nobody: above 0 the tensor is strided.</param>
/// <param name="Values">Initial values, exact in F32.</param>
public sealed record Operand(string Name, Shape Shape, OperandRole Role, DType? Type, int Padding, double[] Values)
{
    public override string ToString() => Padding > 0 ? $"{Name}{Shape}+{Padding}" : $"{Name}{Shape}";
}
