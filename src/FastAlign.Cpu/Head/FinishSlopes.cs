using System.Runtime.Intrinsics;
using FastAlign.Core;

namespace FastAlign.Cpu.Head;

/// <summary>From <c>sum_v e^(z_v - max) s_v w_v</c> to the slope of the log-prob, <c>s_y w_y</c> minus that sum over <c>sum_v e^(z_v - max)</c>; a piece is a row.</summary>
internal readonly unsafe struct FinishSlopes(SlopeRows slopes, HeadRowState* states, int* targets, Tensor w, LogitTransform transform) : IParallelAction
{
    private readonly nint _w = w.Type == DType.BF16 ? (nint)w.Host<ushort>() : (nint)w.Host<float>();
    private readonly bool _isBrainFloat = w.Type == DType.BF16;
    private readonly long _strideW = w.RowStride;

    public void Run(int index, int thread)
    {
        float share = (float)(-1 / states[index].Sum);
        float ofTarget = transform.SlopeAt(Vector512.Create(states[index].Target))[0];
        long offset = targets[index] * _strideW;
        float* slope = slopes[index];
        for (int j = 0; j < slopes.Width; j++)
        {
            float weight = _isBrainFloat ? BrainFloat.Widen(((ushort*)_w)[offset + j]) : ((float*)_w)[offset + j];
            slope[j] = (ofTarget * weight) + (share * slope[j]);
        }
    }
}
