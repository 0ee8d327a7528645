namespace FastAlign.Kernels;

/// <summary>The gradients of both operands of a gated activation.</summary>
public readonly struct GatedGradient<T>(T gate, T up)
    where T : struct, ILane<T>
{
    public T Gate { get; } = gate;

    public T Up { get; } = up;
}
