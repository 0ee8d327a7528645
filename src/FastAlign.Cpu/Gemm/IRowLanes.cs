using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FastAlign.Cpu.Gemm;

/// <summary>One sum for each of a few rows, a row to a lane.</summary>
internal unsafe interface IRowLanes<TSelf>
    where TSelf : struct, IRowLanes<TSelf>
{
    static abstract int Count { get; }

    static abstract TSelf Load(float* from);

    /// <summary><c>sum + weight * x</c> in each lane, rounded once. By pointer, so that the processor spreads the weight as it reads it.</summary>
    static abstract TSelf FusedMultiplyAdd(float* weight, TSelf x, TSelf sum);

    void Store(float* to);
}

/// <summary>Up to eight rows: half a vector, twice as often.</summary>
internal readonly unsafe struct EightRows(Vector256<float> lanes) : IRowLanes<EightRows>
{
    private readonly Vector256<float> _lanes = lanes;

    public static int Count => Vector256<float>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EightRows Load(float* from) => new(Vector256.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EightRows FusedMultiplyAdd(float* weight, EightRows x, EightRows sum) =>
        new(Vector256.FusedMultiplyAdd(Vector256.Create(*weight), x._lanes, sum._lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* to) => _lanes.Store(to);
}

/// <summary>Up to sixteen rows.</summary>
internal readonly unsafe struct SixteenRows(Vector512<float> lanes) : IRowLanes<SixteenRows>
{
    private readonly Vector512<float> _lanes = lanes;

    public static int Count => Vector512<float>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SixteenRows Load(float* from) => new(Vector512.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SixteenRows FusedMultiplyAdd(float* weight, SixteenRows x, SixteenRows sum) =>
        new(Vector512.FusedMultiplyAdd(Vector512.Create(*weight), x._lanes, sum._lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* to) => _lanes.Store(to);
}
