using FastAlign.Core;
using FastAlign.Gpu;

namespace FastAlign.Tests.Gpu;

/// <summary>Small arrays on a device, freed together.</summary>
internal sealed class DeviceArrays(DeviceBackend backend) : IDisposable
{
    private readonly List<TensorBuffer> _buffers = [];

    public Tensor Reals(ReadOnlySpan<float> values)
    {
        Tensor tensor = Take(values.Length, DType.F32);
        backend.Upload(values, tensor);
        return tensor;
    }

    public Tensor Integers(ReadOnlySpan<int> values)
    {
        Tensor tensor = Take(values.Length, DType.I32);
        backend.Upload(values, tensor);
        return tensor;
    }

    /// <summary>Garbage that a kernel has to replace.</summary>
    public Tensor Output(int length)
    {
        float[] garbage = new float[length];
        Array.Fill(garbage, float.NaN);
        return Reals(garbage);
    }

    public float[] Read(Tensor tensor)
    {
        float[] values = new float[tensor.Length];
        backend.Download<float>(tensor, values);
        return values;
    }

    public int[] ReadIntegers(Tensor tensor)
    {
        int[] values = new int[tensor.Length];
        backend.Download<int>(tensor, values);
        return values;
    }

    /// <summary>Normal numbers, exact in float.</summary>
    public static float[] Normal(int length, ulong stream, double scale = 1)
    {
        var random = new Philox(41, RandomPurpose.Test, stream);
        float[] values = new float[length];
        for (int i = 0; i < length; i++)
        {
            values[i] = (float)(scale * random.Normal((ulong)i));
        }

        return values;
    }

    public void Dispose()
    {
        foreach (TensorBuffer buffer in _buffers)
        {
            buffer.Dispose();
        }
    }

    private Tensor Take(int length, DType type)
    {
        Tensor tensor = backend.Allocate(new Shape(length), type);
        _buffers.Add(tensor.Buffer);
        return tensor;
    }
}
