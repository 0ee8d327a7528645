using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>
/// The scored rows of every example after the final norm, computed once by a trunk that stands still: a head is then trained on them alone. Without values
/// it gives zeros, for a memory plan.
/// </summary>
/// <param name="width">C.</param>
/// <param name="rows">Per example [rows, C] in the order of <see cref="ITrainingData.Build"/>; empty for a plan.</param>
/// <param name="trunkBytes">Weights of the trunk, which stay in memory.</param>
/// <param name="preparationBytes">What its forward pass takes beside them, before training starts.</param>
public sealed class EmbeddedRows(int width, IReadOnlyList<float[]> rows, long trunkBytes, long preparationBytes)
{
    /// <summary>Weights of the trunk.</summary>
    public long TrunkBytes => trunkBytes;

    /// <summary>Tables and scratch of its forward pass.</summary>
    public long PreparationBytes => preparationBytes;

    private double[] _values = [];

    /// <summary>The rows of some examples on the backend, [R, C].</summary>
    internal Tensor Upload(ReadOnlySpan<int> examples, int count, Arena arena)
    {
        if (_values.Length < count * width)
        {
            _values = new double[count * width];
        }

        int next = 0;
        for (int i = 0; i < examples.Length && rows.Count > 0; i++)
        {
            foreach (float value in rows[examples[i]])
            {
                _values[next++] = value;
            }
        }

        Tensor tensor = arena.Take(new Shape(count, width));
        arena.Backend.UploadReal(_values.AsSpan(0, count * width), tensor);
        return tensor;
    }
}
