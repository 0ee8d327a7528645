using FastAlign.Models;
using TorchSharp;

namespace FastAlign.Peers;

/// <summary>Keys and values of a decoding batch, allocated once for its longest length.</summary>
internal sealed class TorchCache : IDisposable
{
    private readonly torch.Tensor[] _keys;
    private readonly torch.Tensor[] _values;

    /// <param name="spec">The model.</param>
    /// <param name="batch">B.</param>
    /// <param name="capacity">Positions.</param>
    public TorchCache(DecoderSpec spec, int batch, int capacity)
    {
        _keys = [.. Enumerable.Range(0, spec.Layers).Select(_ => torch.zeros(batch, spec.KvHeads, capacity, spec.HeadDim))];
        _values = [.. Enumerable.Range(0, spec.Layers).Select(_ => torch.zeros(batch, spec.KvHeads, capacity, spec.HeadDim))];
    }

    /// <summary>Positions filled.</summary>
    public long Length { get; private set; }

    /// <summary>Writes new keys and values [B, G, T, D] of a layer after those there; gives all of them, as views.</summary>
    public (torch.Tensor Keys, torch.Tensor Values) Append(int layer, torch.Tensor k, torch.Tensor v)
    {
        long t = k.shape[2];
        _keys[layer].narrow(2, Length, t).copy_(k);
        _values[layer].narrow(2, Length, t).copy_(v);
        return (_keys[layer].narrow(2, 0, Length + t), _values[layer].narrow(2, 0, Length + t));
    }

    /// <summary>After the last layer: the new positions count as filled.</summary>
    public void Advance(long positions) => Length += positions;

    /// <summary>Forgets everything; the memory stays.</summary>
    public void Clear() => Length = 0;

    public void Dispose()
    {
        foreach (torch.Tensor tensor in _keys.Concat(_values))
        {
            tensor.Dispose();
        }
    }
}
