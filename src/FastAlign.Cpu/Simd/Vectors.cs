using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using FastAlign.Kernels;

namespace FastAlign.Cpu;

/// <summary>Loads and stores of sixteen floats, whole or in part.</summary>
/// <remarks>
/// Tails are computed by the same vector formula as the rest, so an element's bits do not depend on where in an array it lies.
/// A full load at any element of a tensor is safe: <see cref="Core.HostBuffer"/> ends in 64 spare bytes.
/// </remarks>
internal static unsafe class Vectors
{
    public const int Width = 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512Lane Load(float* from) => new(Vector512.Load(from));

    /// <summary>The first <paramref name="count"/> elements, then zeros: the neutral element of sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512Lane LoadFirst(float* from, int count) =>
        new(First(count) & Vector512.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(this Vector512Lane value, float* to) => value.Value.Store(to);

    /// <summary>Stores the first <paramref name="count"/> elements (at least 1) and touches nothing behind them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreUpTo(this Vector512Lane value, float* to, int count)
    {
        if (count >= Width)
        {
            value.Value.Store(to);
        }
        else
        {
            if (Avx512F.IsSupported)
            {
                Avx512F.MaskStore(to, First(count), value.Value);
                return;
            }

            StoreFirst(to, value.Value, count);
        }
    }

    /// <summary>Lanes j and j + 8 added in double: how F32 sums of a few vectors join a longer one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Widen(Vector512<float> x)
    {
        (Vector512<double> low, Vector512<double> high) = Vector512.Widen(x);
        return low + high;
    }

    /// <summary>All bits of the first <paramref name="count"/> lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> First(int count) => Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count)).AsSingle();

    private static void StoreFirst(float* to, Vector512<float> value, int count)
    {
        Vector256<float> eight = value.GetLower();
        if ((count & 8) != 0)
        {
            eight.Store(to);
            eight = value.GetUpper();
            to += 8;
        }

        Vector128<float> four = eight.GetLower();
        if ((count & 4) != 0)
        {
            four.Store(to);
            four = eight.GetUpper();
            to += 4;
        }

        for (int i = 0; i < (count & 3); i++)
        {
            to[i] = four[i];
        }
    }
}
