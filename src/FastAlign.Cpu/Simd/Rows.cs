using FastAlign.Core;

namespace FastAlign.Cpu;

/// <summary>Moves one row of floats.</summary>
internal static unsafe class Rows
{
    /// <summary><c>y (=|+=) x</c></summary>
    public static void Put(float* x, Write write, float* y, int n)
    {
        if (write == Write.Assign)
        {
            Unchanged<float>.Convert(x, y, n);
            return;
        }

        for (int i = 0; i < n; i += Vectors.Width)
        {
            (Vectors.Load(y + i) + Vectors.Load(x + i)).StoreUpTo(y + i, n - i);
        }
    }

    /// <summary><c>y (=|+=) x</c>, <c>x</c> in BF16.</summary>
    public static void Put(ushort* x, Write write, float* y, int n)
    {
        if (write == Write.Assign)
        {
            BrainToFloat.Convert(x, y, n);
            return;
        }

        for (int i = 0; i < n; i++)
        {
            y[i] += BrainFloat.Widen(x[i]);
        }
    }
}
