using System.Runtime.Intrinsics;

namespace FastAlign.Core;

/// <summary>What every backend in host memory shares: allocation and transfers.</summary>
public abstract unsafe class HostBackend : Backend
{
    public override TensorBuffer Allocate(long byteLength) => new HostBuffer(this, byteLength);

    public override void Upload<T>(ReadOnlySpan<T> from, Tensor to) => from.CopyTo(Span<T>(to, from.Length));

    public override void Download<T>(Tensor from, Span<T> to) => Span<T>(from, to.Length).CopyTo(to);

    public override void UploadReal(ReadOnlySpan<double> from, Tensor to)
    {
        if (to.Type == DType.F64)
        {
            Upload(from, to);
            return;
        }

        Span<float> target = Span<float>(to, from.Length);
        for (int i = 0; i < target.Length; i++)
        {
            target[i] = (float)from[i];
        }
    }

    public override void DownloadReal(Tensor from, Span<double> to)
    {
        if (from.Type == DType.F64)
        {
            Download(from, to);
            return;
        }

        Span<float> source = Span<float>(from, to.Length);
        int i = 0;
        for (; i + Vector512<float>.Count <= source.Length; i += Vector512<float>.Count)
        {
            (Vector512<double> lower, Vector512<double> upper) = Vector512.Widen(Vector512.Create<float>(source[i..]));
            lower.CopyTo(to[i..]);
            upper.CopyTo(to[(i + Vector512<double>.Count)..]);
        }

        for (; i < source.Length; i++)
        {
            to[i] = source[i];
        }
    }

    private static Span<T> Span<T>(Tensor tensor, int length)
        where T : unmanaged
    {
        if (tensor.Length != length || !tensor.IsContiguous)
        {
            throw new ShapeException($"[transfer] expected a contiguous tensor of {length} elements, got {tensor}");
        }

        return new Span<T>(tensor.Host<T>(), length);
    }
}
