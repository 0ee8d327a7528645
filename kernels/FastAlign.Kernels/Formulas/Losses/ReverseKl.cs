namespace FastAlign.Kernels;

/// <summary><c>KL(p, q) = sum p (s - t)</c>, <c>g = p (s - t)</c>: the student keeps to the teacher's modes (Gu et al., 2024, MiniLLM).</summary>
public readonly struct ReverseKl<T> : IDivergenceFormula<T>
    where T : struct, ILane<T>
{
    public DivergenceTerm<T> Term(T student, T teacher)
    {
        T term = T.Exp(student) * (student - teacher);
        return new DivergenceTerm<T>(term, term);
    }
}
