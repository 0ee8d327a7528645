namespace FastAlign.Kernels;

/// <summary>
/// One token's term of the generalised Jensen-Shannon divergence of two masses that need not sum to 1, each at least <c>floor</c>:
/// <c>beta q ln(q/m) + (1 - beta) p ln(p/m)</c>, <c>m = beta q + (1 - beta) p</c>; <c>q ln(q/p)</c> at beta 0, <c>p ln(p/q)</c> at beta 1 (TRL, GOLD's matched tokens).
/// </summary>
/// <remarks>The terms of a sum over part of a vocabulary may be negative. Below the floor the slope is 0.</remarks>
/// <param name="beta">In [0, 1].</param>
public readonly struct FlooredDivergence<T>(double beta)
    where T : struct, ILane<T>
{
    /// <summary>Least mass: TRL's.</summary>
    public const double Floor = 1e-8;

    private readonly T _floor = T.Constant(Floor);
    private readonly T _ofTeacher = T.Constant(beta == 0 ? 1 : beta == 1 ? 0 : beta);
    private readonly T _ofStudent = T.Constant(beta == 0 ? 0 : beta == 1 ? 1 : 1 - beta);

    // The ends compare with the other side, not with the mixture.
    private readonly T _teacherShare = T.Constant(beta);
    private readonly T _studentShare = T.Constant(1 - beta);

    /// <param name="student">p, at least 0.</param>
    /// <param name="teacher">q, at least 0.</param>
    public T Term(T student, T teacher)
    {
        T p = T.Max(student, _floor);
        T q = T.Max(teacher, _floor);
        T logMixture = T.Log((_teacherShare * q) + (_studentShare * p));
        return (_ofTeacher * q * (T.Log(q) - logMixture)) + (_ofStudent * p * (T.Log(p) - logMixture));
    }
}
