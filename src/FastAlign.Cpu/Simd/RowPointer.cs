namespace FastAlign.Cpu;

/// <summary>First element and strides of one operand of a <see cref="RowGrid"/>.</summary>
internal readonly unsafe struct RowPointer(float* first, long groupStride, long rowStride)
{
    private readonly float* _first = first;

    public bool IsNone => _first == null;

    public long RowStride => rowStride;

    public float* At(int group, int row) => _first + (group * groupStride) + (row * rowStride);
}
