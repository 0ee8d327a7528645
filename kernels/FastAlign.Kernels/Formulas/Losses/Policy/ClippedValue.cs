namespace FastAlign.Kernels;

/// <summary>
/// Clipped value loss of one state: <c>1/2 max((v - R)^2, (clip(v, old - range, old + range) - R)^2)</c> (OpenAI Baselines' PPO; TRL, verl).
/// </summary>
/// <param name="range">How far the value may move from the old one with profit; infinite for the plain squared error.</param>
public readonly struct ClippedValue<T>(double range)
    where T : struct, ILane<T>
{
    private const double Half = 0.5;

    private readonly T _range = T.Constant(range);

    /// <param name="value">v, differentiated.</param>
    /// <param name="old">Value when the rollout was scored.</param>
    /// <param name="target">R, the return.</param>
    public T Loss(T value, T old, T target)
    {
        T error = value - target;
        T clippedError = T.Min(T.Max(value, old - _range), old + _range) - target;
        return T.Constant(Half) * T.Max(error * error, clippedError * clippedError);
    }
}
