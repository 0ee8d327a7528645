using FastAlign.Kernels;

namespace FastAlign.Cpu;

/// <summary>Sums over one row of <c>n</c> contiguous floats, in the order of <see cref="WideSum"/>.</summary>
internal static unsafe class RowSums
{
    public static double Sum(float* x, int n)
    {
        WideSum sum = default;
        int i = 0;
        for (; i <= n - Vectors.Width; i += Vectors.Width)
        {
            sum.Add(Vectors.Load(x + i));
        }

        if (i < n)
        {
            sum.Add(Vectors.LoadFirst(x + i, n - i));
        }

        return sum.Total();
    }

    public static double SumOfSquares(float* x, int n)
    {
        WideSum sum = default;
        int i = 0;
        for (; i <= n - Vectors.Width; i += Vectors.Width)
        {
            Vector512Lane value = Vectors.Load(x + i);
            sum.AddProduct(value, value);
        }

        if (i < n)
        {
            Vector512Lane value = Vectors.LoadFirst(x + i, n - i);
            sum.AddProduct(value, value);
        }

        return sum.Total();
    }

    public static double SumOfSquaredDeviations(float* x, int n, double center)
    {
        WideSum sum = default;
        int i = 0;
        for (; i <= n - Vectors.Width; i += Vectors.Width)
        {
            sum.AddSquaredDeviation(Vectors.Load(x + i), center);
        }

        // A padded place would add center^2: the tail goes one by one, after the tree.
        double total = sum.Total();
        for (; i < n; i++)
        {
            total += (x[i] - center) * (x[i] - center);
        }

        return total;
    }
}
