using System.Runtime.CompilerServices;

namespace FastAlign.Kernels;

/// <summary>
/// One step of AdamW (Loshchilov and Hutter, 2019) in the order of operations of <c>torch.optim.AdamW</c>:
/// <c>p *= 1 - lr wd; m += (1 - beta1) (g - m); v = beta2 v + (1 - beta2) g g; p -= (lr / (1 - beta1^t)) m / (sqrt(v) / sqrt(1 - beta2^t) + eps)</c>.
/// </summary>
/// <remarks>The coefficients are formed in double and rounded once to the lane's precision.</remarks>
/// <param name="learningRate">lr, at least 0.</param>
/// <param name="beta1">Decay of the first moment, in [0, 1).</param>
/// <param name="beta2">Decay of the second moment, in [0, 1).</param>
/// <param name="epsilon">Added to the denominator; above 0.</param>
/// <param name="weightDecay">wd, decoupled; at least 0.</param>
/// <param name="step">t, from 1.</param>
/// <param name="gradientScale">Multiplies g first.</param>
public readonly struct AdamWUpdate<T>(double learningRate, double beta1, double beta2, double epsilon, double weightDecay, int step, double gradientScale)
    where T : struct, ILane<T>
{
    private readonly T _gradientScale = T.Constant(gradientScale);
    private readonly T _shrink = T.Constant(1 - (learningRate * weightDecay));
    private readonly T _firstRate = T.Constant(1 - beta1);
    private readonly T _secondDecay = T.Constant(beta2);
    private readonly T _secondRate = T.Constant(1 - beta2);
    private readonly T _rootCorrection = T.Constant(Math.Sqrt(1 - Math.Pow(beta2, step)));
    private readonly T _epsilon = T.Constant(epsilon);
    private readonly T _stepSize = T.Constant(learningRate / (1 - Math.Pow(beta1, step)));

    /// <summary>The state after the step.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public AdamWState<T> Apply(AdamWState<T> state, T gradient)
    {
        T g = gradient * _gradientScale;
        T m = state.First + ((g - state.First) * _firstRate);
        T v = (state.Second * _secondDecay) + (_secondRate * g * g);
        T denominator = (T.Sqrt(v) / _rootCorrection) + _epsilon;
        T p = (state.Parameter * _shrink) - (_stepSize * m / denominator);
        return new AdamWState<T>(p, m, v);
    }
}
