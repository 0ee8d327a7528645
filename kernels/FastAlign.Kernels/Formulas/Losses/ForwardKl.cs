namespace FastAlign.Kernels;

/// <summary><c>KL(q, p) = sum q (t - s)</c>, <c>g = -q</c>: the student covers what the teacher does (Hinton et al., 2015).</summary>
public readonly struct ForwardKl<T> : IDivergenceFormula<T>
    where T : struct, ILane<T>
{
    public DivergenceTerm<T> Term(T student, T teacher)
    {
        T q = T.Exp(teacher);
        return new DivergenceTerm<T>(q * (teacher - student), -q);
    }
}
