using FastAlign.Core;
using FastAlign.Kernels;

namespace FastAlign.Cpu;

/// <summary>Both gradients of a gated activation; they may overwrite the operands.</summary>
/// <remarks>Layout of a row of <c>gateUp</c> and <c>dGateUp</c>: F gates, then F ups.</remarks>
internal readonly unsafe struct GatedGradientAction<TActivation>(Tensor gateUp, Tensor dy, Tensor dGateUp, ElementTiles tiles) : IParallelAction
    where TActivation : struct, IActivation
{
    private readonly float* _gateUp = gateUp.Host<float>();
    private readonly float* _dy = dy.Host<float>();
    private readonly float* _dGateUp = dGateUp.Host<float>();
    private readonly long _strideIn = gateUp.RowStride;
    private readonly long _strideDy = dy.RowStride;
    private readonly long _strideOut = dGateUp.RowStride;

    public void Run(int index, int thread)
    {
        for (int row = tiles.FirstRow(index); row < tiles.EndRow(index); row++)
        {
            int n = tiles.Width;
            float* gate = _gateUp + (row * _strideIn);
            float* dy = _dy + (row * _strideDy);
            float* dGate = _dGateUp + (row * _strideOut);
            for (int i = 0; i < n; i += Vectors.Width)
            {
                GatedGradient<Vector512Lane> gradient = GatedActivation<TActivation, Vector512Lane>.Gradient(
                    Vectors.Load(gate + i), Vectors.Load(gate + n + i), Vectors.Load(dy + i));
                gradient.Gate.StoreUpTo(dGate + i, n - i);
                gradient.Up.StoreUpTo(dGate + n + i, n - i);
            }
        }
    }
}
