using System.Runtime.CompilerServices;

namespace FastAlign.Kernels;

/// <summary>
/// Paired preference losses as functions of the logit <c>x = beta (c - r)</c>, c and r the log-ratios of policy to reference of chosen and rejected.
/// </summary>
public static class PairFormulas
{
    /// <summary>
    /// <c>-(1-e) log sigmoid(x) - e log sigmoid(-x) = log(1 + e^-x) + e x</c> (Rafailov et al., 2023, equation 7; label smoothing e: Mitchell, 2023).
    /// ln 2 at x = 0.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sigmoid<T>(T x, T smoothing)
        where T : struct, ILane<T> => StableForms.Softplus(-x) + (smoothing * x);

    /// <summary><c>e - sigmoid(-x)</c></summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T SigmoidDerivative<T>(T x, T smoothing)
        where T : struct, ILane<T> => smoothing - StableForms.Sigmoid(-x);
}
