using System.Runtime.InteropServices;
using FastAlign.Models;
using TorchSharp;
using TorchSharp.Modules;

namespace FastAlign.Peers;

/// <summary>
/// A Llama decoder in TorchSharp, op for op as transformers runs it (root-mean-square norm, rotary embedding by half rotation, repeated key-value heads,
/// scaled_dot_product_attention, SwiGLU), with the weights that FastAlign multiplies at once stored at once. Temporaries are freed as soon as Python would.
/// </summary>
internal sealed class TorchLlama : IDisposable
{
    private readonly DecoderSpec _spec;
    private readonly Dictionary<string, Parameter> _weights = [];
    private readonly torch.Tensor _cos;
    private readonly torch.Tensor _sin;

    /// <param name="spec">Shape; weights are random.</param>
    /// <param name="seed">Of the weights.</param>
    /// <param name="isTrained">Whether weights get gradients.</param>
    /// <param name="maxLength">Positions of the rotary table.</param>
    public TorchLlama(DecoderSpec spec, uint seed, bool isTrained, int maxLength)
    {
        _spec = spec;
        foreach (ParameterSpec parameter in DecoderParameters.Of(spec))
        {
            torch.Tensor weight = torch.empty([.. Enumerable.Range(0, parameter.Shape.Rank).Select(d => (long)parameter.Shape[d])]);
            RandomWeights.Fill(parameter, seed, MemoryMarshal.Cast<byte, float>(weight.bytes));
            _weights.Add(parameter.Name, torch.nn.Parameter(weight, isTrained));
        }

        (_cos, _sin) = RotaryTables(spec.Rotary!.InverseFrequencies, maxLength);
    }

    public IEnumerable<Parameter> Parameters => _weights.Values;

    /// <summary>[B, T, C] hidden states after the final norm.</summary>
    /// <param name="ids">[B, T] int64 token ids.</param>
    /// <param name="cache">Keys and values so far, which the new ones join; null in training.</param>
    public torch.Tensor Hidden(torch.Tensor ids, TorchCache? cache = null)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor x = _weights[DecoderParameters.Embedding].index_select(0, ids.view(-1)).view(ids.shape[0], ids.shape[1], _spec.Hidden);
        for (int layer = 0; layer < _spec.Layers; layer++)
        {
            torch.Tensor next = Layer(x, layer, cache);
            x.Dispose();
            x = next;
        }

        cache?.Advance(ids.shape[1]);
        return Norm(x, $"{DecoderParameters.FinalNorm}.weight").MoveToOuterDisposeScope();
    }

    /// <summary>[.., V] logits by the tied embedding.</summary>
    public torch.Tensor Logits(torch.Tensor hidden) => torch.nn.functional.linear(hidden, _weights[DecoderParameters.Embedding]);

    /// <summary>[B, G, T, D] to [B, G copies, T, D]: each key-value head for all its query heads.</summary>
    public static torch.Tensor Repeat(torch.Tensor x, int copies)
    {
        long[] s = x.shape;
        return copies == 1 ? x : x.unsqueeze(2).expand(s[0], s[1], copies, s[2], s[3]).reshape(s[0], s[1] * copies, s[2], s[3]);
    }

    public void Dispose()
    {
        foreach (Parameter weight in _weights.Values)
        {
            weight.Dispose();
        }

        _cos.Dispose();
        _sin.Dispose();
    }

    private torch.Tensor Layer(torch.Tensor x, int layer, TorchCache? cache)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor mid = x + Attention(Norm(x, Name(layer, "norm1")), layer, cache);
        return (mid + Mlp(Norm(mid, Name(layer, "norm2")), layer)).MoveToOuterDisposeScope();
    }

    private torch.Tensor Attention(torch.Tensor x, int layer, TorchCache? cache)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (long b, long t) = (x.shape[0], x.shape[1]);
        (int heads, int kvHeads, int d) = (_spec.Heads, _spec.KvHeads, _spec.HeadDim);
        torch.Tensor[] qkv = Linear(x, Name(layer, "qkv")).view(b, t, heads + (2 * kvHeads), d).transpose(1, 2).split([heads, kvHeads, kvHeads], 1);
        long start = cache?.Length ?? 0;
        torch.Tensor q = Rotate(qkv[0], start);
        (torch.Tensor k, torch.Tensor v) = (Rotate(qkv[1], start), qkv[2]);
        if (cache is not null)
        {
            (k, v) = cache.Append(layer, k, v);
        }

        torch.Tensor y = torch.nn.functional.scaled_dot_product_attention(q, Repeat(k, heads / kvHeads), Repeat(v, heads / kvHeads), is_casual: t > 1);
        return Linear(y.transpose(1, 2).reshape(b, t, heads * d), Name(layer, "out")).MoveToOuterDisposeScope();
    }

    private torch.Tensor Mlp(torch.Tensor x, int layer)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor[] gateUp = Linear(x, Name(layer, "up")).chunk(2, -1);
        return Linear(torch.nn.functional.silu(gateUp[0]) * gateUp[1], Name(layer, "down")).MoveToOuterDisposeScope();
    }

    private torch.Tensor Norm(torch.Tensor x, string weight)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor meanSquare = x.square().mean([-1], keepdim: true);
        return (_weights[weight] * (x * torch.rsqrt(meanSquare + _spec.NormSpec.Epsilon))).MoveToOuterDisposeScope();
    }

    /// <summary><c>x cos + rotate_half(x) sin</c> for positions from <paramref name="start"/> on.</summary>
    private torch.Tensor Rotate(torch.Tensor x, long start)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        long t = x.shape[2];
        torch.Tensor[] halves = x.chunk(2, -1);
        torch.Tensor turned = torch.cat([-halves[1], halves[0]], -1);
        return ((x * _cos.narrow(0, start, t)) + (turned * _sin.narrow(0, start, t))).MoveToOuterDisposeScope();
    }

    private torch.Tensor Linear(torch.Tensor x, string weight) => torch.nn.functional.linear(x, _weights[weight]);

    private static string Name(int layer, string parameter) => DecoderParameters.OfLayer(layer, $"{parameter}.weight");

    private static (torch.Tensor Cos, torch.Tensor Sin) RotaryTables(IReadOnlyList<double> frequencies, int positions)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor angles = torch.outer(torch.arange(positions, torch.float64), torch.tensor(frequencies.ToArray(), torch.float64));
        torch.Tensor both = torch.cat([angles, angles], -1);
        return (both.cos().to(torch.float32).MoveToOuterDisposeScope(), both.sin().to(torch.float32).MoveToOuterDisposeScope());
    }
}
