using System.Runtime.Intrinsics;
using FastAlign.Core;
using FastAlign.Cpu.Gemm;

namespace FastAlign.Cpu.Head;

/// <summary>
/// Log-probs of chosen tokens, each a product of hidden state and token embedding in the chain of the tiles (ascending from 0, fused where those fuse,
/// then bias): the bits that <see cref="FoldRows"/> gives the same token as a target. A piece of work is one row.
/// </summary>
/// <param name="rows">Hidden states and embeddings.</param>
/// <param name="side">How products become log-probs.</param>
/// <param name="ids">[R, K]</param>
/// <param name="logProb">[R, K] output.</param>
/// <param name="isFused">False where the processor has no fused multiply-add.</param>
internal readonly unsafe struct SelectTokens<TStored>(in VocabularyRows rows, DivergenceSide side, Tensor ids, Tensor logProb, bool isFused) : IParallelAction
    where TStored : struct, IStoredElement
{
    /// <summary>Chains that run side by side, to hide the latency of their additions.</summary>
    private const int Chains = 4;

    private readonly float* _x = rows.X.Host<float>();
    private readonly byte* _w = Operand.OfRows(rows.W).At(0, 0);
    private readonly float* _bias = rows.Bias.IsNone ? null : rows.Bias.Host<float>();
    private readonly int _c = rows.W.Shape[1];
    private readonly int* _ids = ids.Host<int>();
    private readonly float* _logProb = logProb.Host<float>();
    private readonly int _k = ids.Shape[1];

    public void Run(int index, int thread)
    {
        float* x = _x + ((long)index * _c);
        int* chosen = _ids + ((long)index * _k);
        float* result = _logProb + ((long)index * _k);
        for (int start = 0; start < _k; start += Chains)
        {
            // The last group repeats its first token where it is not full.
            int count = Math.Min(Chains, _k - start);
            Vector128<float> products = Products(x, Row(chosen, start, 0, count), Row(chosen, start, 1, count), Row(chosen, start, 2, count), Row(chosen, start, 3, count));
            for (int j = 0; j < count; j++)
            {
                float product = products[j] + (_bias == null ? 0 : _bias[chosen[start + j]]);
                result[start + j] = side.Transform.Apply(Vector512.Create(product))[0] - side.LogZ[index];
            }
        }
    }

    private byte* Row(int* chosen, int start, int chain, int count) => _w + ((long)chosen[start + (chain < count ? chain : 0)] * _c * TStored.Bytes);

    private Vector128<float> Products(float* x, byte* w0, byte* w1, byte* w2, byte* w3)
    {
        Vector128<float> sums = default;
        for (int i = 0; i < _c; i++)
        {
            int at = i * TStored.Bytes;
            Vector128<float> w = Vector128.Create(TStored.Read(w0 + at), TStored.Read(w1 + at), TStored.Read(w2 + at), TStored.Read(w3 + at));
            Vector128<float> left = Vector128.Create(x[i]);
            sums = isFused ? Vector128.FusedMultiplyAdd(left, w, sums) : sums + (left * w);
        }

        return sums;
    }
}
