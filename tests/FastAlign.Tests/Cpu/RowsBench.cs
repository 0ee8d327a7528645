using FastAlign.Core;
using FastAlign.Cpu;

namespace FastAlign.Tests.Cpu;

/// <summary>A host backend with tensors that are freed with it.</summary>
internal sealed class RowsBench(int threads = 2) : IDisposable
{
    private readonly CpuBackend _backend = new(threads);
    private readonly List<TensorBuffer> _buffers = [];

    public IOps Ops => _backend.Unchecked;

    /// <summary>Standard normal values; equal arguments give equal values.</summary>
    public static float[] Normal(long length, ulong stream, double scale = 1)
    {
        Philox random = new(7, RandomPurpose.Test, stream);
        float[] values = new float[length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)(scale * random.Normal((ulong)i));
        }

        return values;
    }

    public Tensor Take(Shape shape, DType type = DType.F32)
    {
        Tensor tensor = _backend.Allocate(shape, type);
        _buffers.Add(tensor.Buffer);
        return tensor;
    }

    public Tensor Take<T>(Shape shape, T[] values, DType type = DType.F32)
        where T : unmanaged
    {
        Tensor tensor = Take(shape, type);
        _backend.Upload<T>(values, tensor);
        return tensor;
    }

    public Tensor Indices(params int[] values) => Take(new Shape(values.Length), values, DType.I32);

    /// <summary>
    /// The same values with rows further apart than they are long: a column range of a matrix whose other columns hold <see cref="float.NaN"/>.
    /// </summary>
    public Tensor TakeStrided(Shape shape, float[] values)
    {
        int width = shape.RowLength;
        int left = 3;
        float[] wide = new float[shape[0] * (width + left + 5)];
        Array.Fill(wide, float.NaN);
        for (int i = 0; i < values.Length; i++)
        {
            wide[(i / width * (width + left + 5)) + left + (i % width)] = values[i];
        }

        Tensor view = Take(new Shape(shape[0], width + left + 5), wide).Columns(left, width);
        return shape.Rank == 3 ? view.SplitRows(shape[1], shape[2]) : view;
    }

    /// <summary>All elements in order, whatever the stride.</summary>
    public float[] Read(Tensor tensor) => Read<float>(tensor);

    public T[] Read<T>(Tensor tensor)
        where T : unmanaged
    {
        T[] values = new T[tensor.Length];
        int width = tensor.Shape.RowLength;
        for (int row = 0; row < tensor.Shape[0]; row++)
        {
            _backend.Download(tensor.RowRange(row, 1), values.AsSpan(row * width, width));
        }

        return values;
    }

    /// <summary>Asserts that the columns around a strided tensor still hold NaN: nothing was written beside a row.</summary>
    public void AssertSurroundingsUntouched(Tensor strided)
    {
        float[] all = new float[strided.Buffer.ByteLength / sizeof(float)];
        _backend.Download(new Tensor(strided.Buffer, 0, new Shape(all.Length), DType.F32), all.AsSpan());
        int width = strided.Shape.RowLength;
        for (int i = 0; i < all.Length; i++)
        {
            long column = (i % strided.RowStride) - strided.Offset;
            if ((column < 0 || column >= width) && !float.IsNaN(all[i]))
            {
                Xunit.Assert.Fail($"element {i} beside a row was written");
            }
        }
    }

    public void Dispose()
    {
        foreach (TensorBuffer buffer in _buffers)
        {
            buffer.Dispose();
        }

        _backend.Dispose();
    }
}
