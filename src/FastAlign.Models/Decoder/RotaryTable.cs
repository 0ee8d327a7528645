using FastAlign.Core;

namespace FastAlign.Models;

/// <summary>Cosines and sines of every position, computed in double and rounded once.</summary>
internal static class RotaryTable
{
    /// <summary>[positions, r]: cosines of the r/2 angles, then their sines, both times <see cref="RotarySpec.Factor"/>.</summary>
    public static Tensor Create(Backend backend, RotarySpec rotary, int positions)
    {
        int half = rotary.InverseFrequencies.Count;
        double[] values = new double[positions * rotary.Width];
        for (int p = 0; p < positions; p++)
        {
            for (int j = 0; j < half; j++)
            {
                (double sin, double cos) = Math.SinCos(p * rotary.InverseFrequencies[j]);
                values[(p * rotary.Width) + j] = cos * rotary.Factor;
                values[(p * rotary.Width) + half + j] = sin * rotary.Factor;
            }
        }

        Tensor table = backend.Allocate(new Shape(positions, rotary.Width), backend.RealType);
        backend.UploadReal(values, table);
        return table;
    }
}
