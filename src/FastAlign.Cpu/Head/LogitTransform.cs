using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FastAlign.Core;
using FastAlign.Kernels;

namespace FastAlign.Cpu.Head;

/// <summary>From products to logits, <c>z = cap tanh(scale a / cap) / temperature</c>, and back. Sixteen vocabulary entries at a time.</summary>
internal readonly struct LogitTransform(HeadSpec spec)
{
    private readonly Vector512<float> _scale = Vector512.Create((float)spec.LogitScale);
    private readonly Vector512<float> _cap = Vector512.Create((float)spec.SoftCap);
    private readonly Vector512<float> _temperature = Vector512.Create((float)spec.Temperature);
    private readonly bool _isCapped = spec.SoftCap > 0;
    private readonly bool _isIdentity = spec is { LogitScale: 1, Temperature: 1, SoftCap: <= 0 };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Apply(Vector512<float> product)
    {
        if (_isIdentity)
        {
            return product;
        }

        Vector512<float> z = product * _scale;
        z = _isCapped ? _cap * TanhOf(z) : z;
        return z / _temperature;
    }

    /// <summary>The logit and its derivative by the product, <c>scale (1 - tanh^2) / temperature</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Apply(Vector512<float> product, out Vector512<float> slope)
    {
        slope = Vector512<float>.One;
        if (_isIdentity)
        {
            return product;
        }

        Vector512<float> z = product * _scale;
        slope = _scale / _temperature;
        if (_isCapped)
        {
            Vector512<float> tanh = TanhOf(z);
            slope *= Vector512<float>.One - (tanh * tanh);
            z = _cap * tanh;
        }

        return z / _temperature;
    }

    /// <summary>The same derivative from the logit: <c>tanh = z temperature / cap</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> SlopeAt(Vector512<float> logit)
    {
        Vector512<float> slope = _scale / _temperature;
        if (!_isCapped)
        {
            return slope;
        }

        Vector512<float> tanh = logit * _temperature / _cap;
        return slope * (Vector512<float>.One - (tanh * tanh));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<float> TanhOf(Vector512<float> z) => Vector512Lane.Tanh(new Vector512Lane(z / _cap)).Value;
}
