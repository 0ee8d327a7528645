using System.Runtime.CompilerServices;
using ILGPU;

namespace FastAlign.Kernels.Device;

/// <summary>
/// Rows that are only read and may be stored as BF16: weights that stand still. Widening is exact, hence the type shows in the traffic and in no result.
/// </summary>
/// <remarks>Which of the two it is, is the same for all threads of a launch: a choice at run time costs next to nothing, and each kernel exists once.</remarks>
/// <param name="singles">All of the buffer as F32.</param>
/// <param name="brainFloats">All of the buffer as BF16.</param>
/// <param name="isBrainFloat">1 if elements are BF16, 0 if F32.</param>
/// <param name="offset">Elements before the first one.</param>
/// <param name="stride">Elements from one row to the next.</param>
public readonly struct StoredMatrix(ArrayView<float> singles, ArrayView<ushort> brainFloats, int isBrainFloat, long offset, int stride) : IReadableRows<float>
{
    private readonly ArrayView<float> _singles = singles;
    private readonly ArrayView<ushort> _brainFloats = brainFloats;
    private readonly int _isBrainFloat = isBrainFloat;
    private readonly long _offset = offset;

    public int Stride { get; } = stride;

    /// <summary>On the host: F32 elements from the first one on, for a library that takes an address.</summary>
    public ArrayView<float> Elements => _singles.SubView(_offset);

    public float this[int row, long column]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            long at = _offset + ((long)row * Stride) + column;
            return _isBrainFloat == 0 ? _singles[at] : Interop.IntAsFloat((uint)_brainFloats[at] << StorageBits.Bfloat16Shift);
        }
    }
}
