namespace FastAlign.Kernels;

/// <summary><c>k1 = d</c>, kept in [-limit, limit]: unbiased, of either sign; as a loss term its expected gradient is 0.</summary>
/// <param name="limit">Bound of the estimate; infinite for none.</param>
public readonly struct KlK1<T>(double limit) : IKlEstimate<T>
    where T : struct, ILane<T>
{
    private readonly T _limit = T.Constant(limit);

    public T Of(T logRatio) => T.Min(T.Max(logRatio, -_limit), _limit);
}

/// <summary><c>k2 = d^2 / 2</c>, no more than limit: biased, at least 0; as a loss term its expected gradient is that of the KL.</summary>
/// <param name="limit">Bound of the estimate; infinite for none.</param>
public readonly struct KlK2<T>(double limit) : IKlEstimate<T>
    where T : struct, ILane<T>
{
    private const double Half = 0.5;

    private readonly T _limit = T.Constant(limit);

    public T Of(T logRatio) => T.Min(T.Constant(Half) * logRatio * logRatio, _limit);
}

/// <summary><c>k3 = e^-d - 1 + d</c>, no more than limit, d kept in [-inputLimit, inputLimit]: unbiased, at least 0; 0 and flat at d = 0.</summary>
/// <param name="inputLimit">Bound of the log-ratio; infinite for none.</param>
/// <param name="limit">Bound of the estimate; infinite for none.</param>
public readonly struct KlK3<T>(double inputLimit, double limit) : IKlEstimate<T>
    where T : struct, ILane<T>
{
    private readonly T _inputLimit = T.Constant(inputLimit);
    private readonly T _limit = T.Constant(limit);

    public T Of(T logRatio)
    {
        T d = T.Min(T.Max(logRatio, -_inputLimit), _inputLimit);
        return T.Min(T.Expm1(-d) + d, _limit);
    }
}

/// <summary><c>|d|</c>, no more than limit.</summary>
/// <param name="limit">Bound of the estimate; infinite for none.</param>
public readonly struct KlAbsolute<T>(double limit) : IKlEstimate<T>
    where T : struct, ILane<T>
{
    private readonly T _limit = T.Constant(limit);

    public T Of(T logRatio) => T.Min(T.Abs(logRatio), _limit);
}

/// <summary>The value of one estimate with the gradient of <see cref="KlK2{T}"/>: <c>sg(k - k2) + k2</c> (verl's "+" estimators).</summary>
/// <param name="value">Where the value comes from.</param>
/// <typeparam name="T">The lane.</typeparam>
/// <typeparam name="TEstimate">The estimate whose value it has.</typeparam>
public readonly struct KlStraightThrough<T, TEstimate>(TEstimate value) : IKlEstimate<T>
    where T : struct, ILane<T>
    where TEstimate : struct, IKlEstimate<T>
{
    private readonly KlK2<T> _gradient = new(double.PositiveInfinity);

    public T Of(T logRatio)
    {
        T k2 = _gradient.Of(logRatio);
        return T.Detach(value.Of(logRatio) - k2) + k2;
    }
}
