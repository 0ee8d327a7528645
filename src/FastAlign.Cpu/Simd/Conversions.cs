using System.Runtime.Intrinsics;

namespace FastAlign.Cpu;

/// <summary>How a run of elements is turned into another type; a type, so that the copy loop is compiled for it.</summary>
internal unsafe interface IConversion<TFrom, TTo>
    where TFrom : unmanaged
    where TTo : unmanaged
{
    static abstract void Convert(TFrom* x, TTo* y, int n);
}

internal readonly unsafe struct Unchanged<T> : IConversion<T, T>
    where T : unmanaged
{
    public static void Convert(T* x, T* y, int n) => new ReadOnlySpan<T>(x, n).CopyTo(new Span<T>(y, n));
}

internal readonly unsafe struct FloatToDouble : IConversion<float, double>
{
    public static void Convert(float* x, double* y, int n)
    {
        int i = 0;
        for (; i <= n - Vectors.Width; i += Vectors.Width)
        {
            Vector512<float> value = Vector512.Load(x + i);
            Vector512.WidenLower(value).Store(y + i);
            Vector512.WidenUpper(value).Store(y + i + (Vectors.Width / 2));
        }

        for (; i < n; i++)
        {
            y[i] = x[i];
        }
    }
}

internal readonly unsafe struct DoubleToFloat : IConversion<double, float>
{
    public static void Convert(double* x, float* y, int n)
    {
        int i = 0;
        for (; i <= n - Vectors.Width; i += Vectors.Width)
        {
            Vector512.Narrow(Vector512.Load(x + i), Vector512.Load(x + i + (Vectors.Width / 2))).Store(y + i);
        }

        for (; i < n; i++)
        {
            y[i] = (float)x[i];
        }
    }
}

internal readonly unsafe struct FloatToBrain : IConversion<float, ushort>
{
    public static void Convert(float* x, ushort* y, int n)
    {
        int i = 0;
        for (; i <= n - Vectors.Width; i += Vectors.Width)
        {
            BrainFloat.Round(Vector512.Load(x + i)).Store(y + i);
        }

        for (; i < n; i++)
        {
            y[i] = BrainFloat.Round(x[i]);
        }
    }
}

internal readonly unsafe struct BrainToFloat : IConversion<ushort, float>
{
    public static void Convert(ushort* x, float* y, int n)
    {
        int i = 0;
        for (; i <= n - Vectors.Width; i += Vectors.Width)
        {
            BrainFloat.Widen(Vector256.Load(x + i)).Store(y + i);
        }

        for (; i < n; i++)
        {
            y[i] = BrainFloat.Widen(x[i]);
        }
    }
}

internal readonly unsafe struct DoubleToBrain : IConversion<double, ushort>
{
    public static void Convert(double* x, ushort* y, int n)
    {
        for (int i = 0; i < n; i++)
        {
            y[i] = BrainFloat.Round(x[i]);
        }
    }
}

internal readonly unsafe struct BrainToDouble : IConversion<ushort, double>
{
    public static void Convert(ushort* x, double* y, int n)
    {
        for (int i = 0; i < n; i++)
        {
            y[i] = BrainFloat.Widen(x[i]);
        }
    }
}
