using System.Runtime.InteropServices;

namespace FastAlign.Peers;

/// <summary>Native memory for a library that takes pointers.</summary>
internal sealed unsafe class NativeFloats : IDisposable
{
    private const nuint Alignment = 64;

    private readonly int _length;

    public NativeFloats(long length)
    {
        _length = checked((int)length);
        Pointer = (float*)NativeMemory.AlignedAlloc((nuint)length * sizeof(float), Alignment);
    }

    public float* Pointer { get; private set; }

    public Span<float> Span => new(Pointer, _length);

    public void Dispose()
    {
        NativeMemory.AlignedFree(Pointer);
        Pointer = null;
    }
}
