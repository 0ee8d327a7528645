using FastAlign.Core;

namespace FastAlign.Kernels.Conformance;

internal sealed partial class ReferenceOps
{
    /// <summary><c>(a, b) becomes (a cos - b sin, b cos + a sin)</c>; the inverse turns by the negative angle.</summary>
    public void Rotary(Tensor x, Tensor positions, Tensor table, RotaryPairing pairing, RotaryDirection direction)
    {
        var rows = new RowView(x);
        var angles = new RowView(table);
        int d = x.Shape.Last;
        int pairs = angles.Width / 2;
        Span<int> position = positions.HostSpan<int>();
        for (int i = 0; i < rows.Count; i++)
        {
            Span<double> angle = angles[position[i]];
            for (int head = 0; head < rows.Width / d; head++)
            {
                Span<double> vector = rows[i].Slice(head * d, d);
                for (int j = 0; j < pairs; j++)
                {
                    (int first, int second) = pairing == RotaryPairing.Halves ? (j, j + pairs) : (2 * j, (2 * j) + 1);
                    double cos = angle[j];
                    double sin = direction == RotaryDirection.Forward ? angle[pairs + j] : -angle[pairs + j];
                    (double a, double b) = (vector[first], vector[second]);
                    vector[first] = (a * cos) - (b * sin);
                    vector[second] = (b * cos) + (a * sin);
                }
            }
        }
    }
}
