using FastAlign.Core;

namespace FastAlign.Models;

/// <summary>The statistics a norm keeps: <c>Rstd</c> always, <c>Mean</c> for layer norm.</summary>
internal readonly record struct NormStatistics(Tensor Mean, Tensor Rstd)
{
    public static NormStatistics Take(NormKind kind, int rows, Arena arena) =>
        new(kind == NormKind.Layer ? arena.Take(new Shape(rows)) : Tensor.None, arena.Take(new Shape(rows)));
}

/// <summary>RMS norm or layer norm over the residual stream, as the spec says.</summary>
internal readonly record struct Norm(NormKind Kind, NormSpec Spec)
{
    public void Forward(IOps ops, Tensor x, NormWeights w, Tensor y, NormStatistics statistics)
    {
        if (Kind == NormKind.Rms)
        {
            ops.RmsNormForward(x, w.Weight, Spec, y, statistics.Rstd);
        }
        else
        {
            ops.LayerNormForward(x, w.Weight, w.Bias, Spec, y, statistics.Mean, statistics.Rstd);
        }
    }

    public void Backward(IOps ops, Tensor x, NormWeights w, NormStatistics statistics, Tensor dy, Write write, Tensor dx, NormWeights dw)
    {
        if (Kind == NormKind.Rms)
        {
            ops.RmsNormBackward(x, w.Weight, statistics.Rstd, dy, Spec, write, dx, dw.Weight);
        }
        else
        {
            ops.LayerNormBackward(new LayerNormSaved(x, statistics.Mean, statistics.Rstd), w.Weight, dy, Spec, write, dx, dw.Weight, dw.Bias);
        }
    }
}
