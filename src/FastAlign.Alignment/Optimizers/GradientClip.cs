using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>Clipping by the global L2 norm, as torch.nn.utils.clip_grad_norm_ (Pascanu et al., 2013).</summary>
public static class GradientClip
{
    private const double Epsilon = 1e-6;

    /// <summary><c>sqrt(sum g^2)</c> over all gradients, before clipping; NaN or infinite if any gradient is.</summary>
    public static double Norm(ParameterSet gradients) => Math.Sqrt(gradients.Backend.Ops.SumOfSquares(gradients.All));

    /// <summary>
    /// <c>min(1, maxNorm / (norm + 1e-6))</c>; 1 when <paramref name="maxNorm"/> is 0 or less (off). NaN for a NaN norm and 0 for an infinite one:
    /// the trainer stops on a norm that is not finite.
    /// </summary>
    public static double Coefficient(double norm, double maxNorm) => maxNorm <= 0 ? 1 : Math.Min(1, maxNorm / (norm + Epsilon));
}
