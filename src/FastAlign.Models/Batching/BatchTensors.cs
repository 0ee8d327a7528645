using FastAlign.Core;

namespace FastAlign.Models;

/// <summary>A <see cref="TokenBatch"/> on a backend.</summary>
/// <param name="Ids">[N] I32.</param>
/// <param name="Positions">[N] I32.</param>
/// <param name="Sources">[R] I32.</param>
/// <param name="Targets">[R] I32.</param>
/// <param name="Layout">Segments and runs.</param>
/// <param name="MaxLength">Largest position plus one.</param>
public readonly record struct BatchTensors(Tensor Ids, Tensor Positions, Tensor Sources, Tensor Targets, AttentionLayout Layout, int MaxLength)
{
    /// <summary>Copies a batch to <paramref name="arena"/>'s backend; at most a few kilobytes.</summary>
    public static BatchTensors Upload(TokenBatch batch, Arena arena) => new(
        Upload(batch.Ids.Span, arena),
        Upload(batch.Positions.Span, arena),
        Upload(batch.Sources.Span, arena),
        Upload(batch.Targets.Span, arena),
        batch.Layout,
        batch.MaxLength);

    internal static Tensor Upload(ReadOnlySpan<int> values, Arena arena)
    {
        Tensor tensor = arena.Take(new Shape(values.Length), DType.I32);
        arena.Backend.Upload(values, tensor);
        return tensor;
    }
}
