using FastAlign.Core;
using FastAlign.Cpu;

namespace FastAlign.Tests.Cpu;

/// <summary>Host ops of a chosen instruction set and team, with a backend that hands out and counts tensors.</summary>
internal sealed class CpuHarness : IDisposable
{
    private readonly CpuBackend _memory = new(1);
    private readonly List<TensorBuffer> _buffers = [];
    private readonly ThreadTeam _team;

    public CpuHarness(HostIsa isa, int threads = 1)
    {
        _team = new ThreadTeam(threads);
        Ops = new CpuOps(_team, isa);
    }

    /// <summary>The instruction sets that this machine can run.</summary>
    public static HostIsa[] Isas => [.. Enum.GetValues<HostIsa>().Where(isa => isa <= HostIsas.Best)];

    public CpuOps Ops { get; }

    /// <summary>Normal deviates of a stream named by <paramref name="seed"/>.</summary>
    public Tensor Normal(ulong seed, int rows, int columns, double scale = 1) => Strided(seed, rows, columns, 0, scale);

    /// <summary>A matrix whose rows lie <paramref name="gap"/> elements further apart than they are long; the gaps hold NaN.</summary>
    public Tensor Strided(ulong seed, int rows, int columns, int gap, double scale = 1)
    {
        var philox = new Philox(seed, RandomPurpose.Test, 0);
        float[] values = new float[rows * (columns + gap)];
        for (int i = 0; i < values.Length; i++)
        {
            int column = i % (columns + gap);
            values[i] = column < columns ? (float)(scale * philox.Normal((ulong)((i / (columns + gap) * columns) + column))) : float.NaN;
        }

        return Upload(values, new Shape(rows, columns + gap)).Columns(0, columns);
    }

    public Tensor Vector(ulong seed, int length, double scale = 1) => Normal(seed, 1, length, scale).Reshape(new Shape(length));

    public Tensor Filled(Shape shape, float value) => Upload([.. Enumerable.Repeat(value, (int)shape.Length)], shape);

    public Tensor Upload<T>(T[] values, Shape shape)
        where T : unmanaged
    {
        Tensor tensor = _memory.Allocate(shape, typeof(T) == typeof(int) ? DType.I32 : DType.F32);
        _buffers.Add(tensor.Buffer);
        _memory.Upload<T>(values, tensor);
        return tensor;
    }

    /// <summary>A contiguous copy with memory of its own.</summary>
    public Tensor Clone(Tensor tensor) => Upload(Values(tensor), tensor.Shape);

    /// <summary>All elements, row after row.</summary>
    public static unsafe float[] Values(Tensor tensor)
    {
        float[] values = new float[tensor.Length];
        int width = tensor.Shape.RowLength;
        for (int i = 0; i < tensor.Rows; i++)
        {
            new ReadOnlySpan<float>(tensor.Host<float>() + ((long)i * tensor.RowStride), width).CopyTo(values.AsSpan(i * width));
        }

        return values;
    }

    /// <summary>Values as integers, for comparisons of every bit.</summary>
    public static int[] Bits(Tensor tensor) => [.. Values(tensor).Select(BitConverter.SingleToInt32Bits)];

    public void Dispose()
    {
        foreach (TensorBuffer buffer in _buffers)
        {
            buffer.Dispose();
        }

        Ops.Dispose();
        _team.Dispose();
        _memory.Dispose();
    }
}
