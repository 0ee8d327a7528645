using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FastAlign.Cpu.Gemm;

/// <summary>How an element of a factor lies in memory, read as F32. Widening is exact: the type shows in the traffic, never in the result.</summary>
internal unsafe interface IStoredElement
{
    static abstract int Bytes { get; }

    static abstract float Read(byte* at);

    static abstract Vector128<float> Read4(byte* at);

    static abstract Vector256<float> Read8(byte* at);

    static abstract Vector512<float> Read16(byte* at);
}

/// <summary>F32.</summary>
internal readonly unsafe struct StoredSingle : IStoredElement
{
    public static int Bytes => sizeof(float);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Read(byte* at) => *(float*)at;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Read4(byte* at) => Vector128.Load((float*)at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Read8(byte* at) => Vector256.Load((float*)at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Read16(byte* at) => Vector512.Load((float*)at);
}

/// <summary>BF16.</summary>
internal readonly unsafe struct StoredBrainFloat : IStoredElement
{
    public static int Bytes => sizeof(ushort);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Read(byte* at) => BrainFloat.Widen(*(ushort*)at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Read4(byte* at) => BrainFloat.Widen(Vector64.Load((ushort*)at));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Read8(byte* at) => BrainFloat.Widen(Vector128.Load((ushort*)at));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Read16(byte* at) => BrainFloat.Widen(Vector256.Load((ushort*)at));
}
