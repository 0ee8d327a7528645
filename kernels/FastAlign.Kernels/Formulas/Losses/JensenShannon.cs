namespace FastAlign.Kernels;

/// <summary>
/// <c>beta KL(q, m) + (1 - beta) KL(p, m)</c>, <c>m = beta q + (1 - beta) p</c>, <c>g = (1 - beta) p (s - log m)</c> (Agarwal et al., 2024, equation 1).
/// </summary>
/// <remarks>
/// With <c>d = s - t + log((1 - beta) / beta)</c>: <c>t - log m = -log beta - softplus(d)</c> and <c>s - log m = -log(1 - beta) - softplus(-d)</c>,
/// so no probability is added to another and none may underflow into a logarithm of 0. Both softplus share their <c>log(1 + e^-|d|)</c>, which only enters sums of order 1: no log1p.
/// </remarks>
/// <param name="beta">Strictly between 0 and 1.</param>
public readonly struct JensenShannon<T>(double beta) : IDivergenceFormula<T>
    where T : struct, ILane<T>
{
    private readonly T _beta = T.Constant(beta);
    private readonly T _rest = T.Constant(1 - beta);
    private readonly T _minusLogBeta = T.Constant(-Math.Log(beta));
    private readonly T _minusLogRest = T.Constant(-Math.Log(1 - beta));
    private readonly T _logOdds = T.Constant(Math.Log((1 - beta) / beta));

    public DivergenceTerm<T> Term(T student, T teacher)
    {
        T zero = T.Constant(0);
        T d = student - teacher + _logOdds;
        T shared = T.Log(T.Constant(1) + T.Exp(-T.Abs(d)));
        T ofTeacher = _beta * T.Exp(teacher) * (_minusLogBeta - (T.Max(d, zero) + shared));
        T ofStudent = _rest * T.Exp(student) * (_minusLogRest - (T.Max(-d, zero) + shared));
        return new DivergenceTerm<T>(ofTeacher + ofStudent, ofStudent);
    }
}
