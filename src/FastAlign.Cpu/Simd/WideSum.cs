using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FastAlign.Kernels;

namespace FastAlign.Cpu;

/// <summary>
/// A sum of floats in sixteen double chains, chain j taking elements j, 16 + j, ...; the chains are then added by a fixed tree. The order
/// depends on the length alone, and is the same on every instruction set.
/// </summary>
internal struct WideSum
{
    private Vector512<double> _low;
    private Vector512<double> _high;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(Vector512Lane x)
    {
        _low += Vector512.WidenLower(x.Value);
        _high += Vector512.WidenUpper(x.Value);
    }

    /// <summary>Adds <c>a b</c>; the products are exact, so fused or not gives the same bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddProduct(Vector512Lane a, Vector512Lane b)
    {
        _low = Vector512.MultiplyAddEstimate(Vector512.WidenLower(a.Value), Vector512.WidenLower(b.Value), _low);
        _high = Vector512.MultiplyAddEstimate(Vector512.WidenUpper(a.Value), Vector512.WidenUpper(b.Value), _high);
    }

    /// <summary>Adds <c>(x - center)^2</c>, formed in double.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddSquaredDeviation(Vector512Lane x, double center)
    {
        Vector512<double> low = Vector512.WidenLower(x.Value) - Vector512.Create(center);
        Vector512<double> high = Vector512.WidenUpper(x.Value) - Vector512.Create(center);
        _low += low * low;
        _high += high * high;
    }

    // Inlined like the rest: one call by reference would keep both accumulators in memory and cost three times the loop.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly double Total()
    {
        Vector512<double> eight = _low + _high;
        Vector256<double> four = eight.GetLower() + eight.GetUpper();
        Vector128<double> two = four.GetLower() + four.GetUpper();
        return two[0] + two[1];
    }
}
