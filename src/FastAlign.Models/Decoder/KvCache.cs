using FastAlign.Core;

namespace FastAlign.Models;

/// <summary>Rotated keys and values of every layer, [capacity, GD] each: rows are handed out by the generator.</summary>
public sealed class KvCache : IDisposable
{
    private readonly TensorBuffer _buffer;
    private readonly Tensor[] _keys;
    private readonly Tensor[] _values;

    public KvCache(DecoderSpec spec, Backend backend, int capacity)
    {
        Capacity = capacity;
        var shape = new Shape(capacity, spec.KvHeads * spec.HeadDim);
        _buffer = backend.Allocate(2L * spec.Layers * shape.Length * backend.RealType.Bytes());
        _keys = new Tensor[spec.Layers];
        _values = new Tensor[spec.Layers];
        for (int i = 0; i < spec.Layers; i++)
        {
            _keys[i] = new Tensor(_buffer, 2L * i * shape.Length, shape, backend.RealType);
            _values[i] = new Tensor(_buffer, ((2L * i) + 1) * shape.Length, shape, backend.RealType);
        }
    }

    /// <summary>Rows: tokens that fit, a shared prompt counted once.</summary>
    public int Capacity { get; }

    public void Dispose() => _buffer.Dispose();

    internal Tensor Keys(int layer) => _keys[layer];

    internal Tensor Values(int layer) => _values[layer];
}
