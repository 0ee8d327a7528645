using FastAlign.Core;

namespace FastAlign.Kernels.Conformance;

/// <summary>
/// Every op as naive double loops: one output element at a time, sums in ascending index order. Shares no code with any backend, so that
/// agreement with it is evidence.
/// </summary>
internal sealed partial class ReferenceOps : IOps
{
    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }

    /// <summary><c>y += scale * x</c></summary>
    private static void AddScaled(ReadOnlySpan<double> x, double scale, Span<double> y)
    {
        for (int i = 0; i < x.Length; i++)
        {
            y[i] += scale * x[i];
        }
    }

    private static void Clear(RowView rows)
    {
        for (int i = 0; i < rows.Count; i++)
        {
            rows[i].Clear();
        }
    }
}
