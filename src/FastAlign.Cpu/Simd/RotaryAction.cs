using System.Runtime.Intrinsics;
using FastAlign.Core;
using FastAlign.Kernels;

namespace FastAlign.Cpu;

/// <summary>Turns the first r dimensions of each head of each token, in place.</summary>
/// <remarks>A rotation is plain arithmetic without fused steps, so vectors and single floats give the same bits.</remarks>
/// <param name="x">[N, H, D].</param>
/// <param name="positions">[N].</param>
/// <param name="table">[P, r]: cosines, then sines.</param>
/// <param name="pairing">Which dimensions turn together.</param>
/// <param name="sign">1, or -1 for the inverse.</param>
/// <param name="tokensPerPiece">How the tokens are cut.</param>
internal readonly unsafe struct RotaryAction(Tensor x, Tensor positions, Tensor table, RotaryPairing pairing, float sign, int tokensPerPiece) : IParallelAction
{
    private readonly float* _x = x.Host<float>();
    private readonly int* _positions = positions.Host<int>();
    private readonly float* _table = table.Host<float>();
    private readonly int _tokens = x.Rows;
    private readonly long _tokenStride = x.RowStride;
    private readonly int _heads = x.Shape[1];
    private readonly int _headWidth = x.Shape[2];
    private readonly long _tableStride = table.RowStride;
    private readonly int _half = table.Shape[1] / 2;

    public void Run(int index, int thread)
    {
        int end = Math.Min(_tokens, (index + 1) * tokensPerPiece);
        for (int token = index * tokensPerPiece; token < end; token++)
        {
            float* cosines = _table + (_positions[token] * _tableStride);
            float* sines = cosines + _half;
            for (int h = 0; h < _heads; h++)
            {
                float* head = _x + (token * _tokenStride) + (h * _headWidth);
                if (pairing == RotaryPairing.Halves)
                {
                    TurnHalves(head, cosines, sines);
                }
                else
                {
                    TurnNeighbours(head, cosines, sines);
                }
            }
        }
    }

    private void TurnHalves(float* head, float* cosines, float* sines)
    {
        Vector512Lane turn = Vector512Lane.Constant(sign);
        for (int j = 0; j < _half; j += Vectors.Width)
        {
            // Both loads come first: with half < 16 the first reaches into what the second stores.
            Rotation<Vector512Lane> rotated = new(
                Vectors.Load(head + j), Vectors.Load(head + _half + j), Vectors.Load(cosines + j), turn * Vectors.Load(sines + j));
            rotated.A.StoreUpTo(head + j, _half - j);
            rotated.B.StoreUpTo(head + _half + j, _half - j);
        }
    }

    private void TurnNeighbours(float* head, float* cosines, float* sines)
    {
        // Lanes hold (a0, b0, a1, b1). With the sine's sign alternating, one sum serves both: a cos - b sin, b cos + a sin.
        const int PairsPerVector = 4;
        Vector256<float> alternating = Vector256.Create(-sign, sign, -sign, sign, -sign, sign, -sign, sign);
        int j = 0;
        for (; j <= _half - PairsPerVector; j += PairsPerVector)
        {
            Vector256<float> pairs = Vector256.Load(head + (2 * j));
            Vector256<float> swapped = Vector256.Shuffle(pairs, Vector256.Create(1, 0, 3, 2, 5, 4, 7, 6));
            Vector256<float> cosine = Twice(Vector128.Load(cosines + j));
            Vector256<float> sine = Twice(Vector128.Load(sines + j)) * alternating;
            ((pairs * cosine) + (swapped * sine)).Store(head + (2 * j));
        }

        for (; j < _half; j++)
        {
            Rotation<ScalarFloat> rotated = new(new(head[2 * j]), new(head[(2 * j) + 1]), new(cosines[j]), new(sign * sines[j]));
            head[2 * j] = rotated.A.Value;
            head[(2 * j) + 1] = rotated.B.Value;
        }
    }

    private static Vector256<float> Twice(Vector128<float> value) =>
        Vector256.Shuffle(Vector256.Create(value, value), Vector256.Create(0, 0, 1, 1, 2, 2, 3, 3));
}
