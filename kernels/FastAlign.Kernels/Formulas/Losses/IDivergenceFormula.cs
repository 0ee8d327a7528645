namespace FastAlign.Kernels;

/// <summary>What one token of the vocabulary adds to the divergence of a row.</summary>
/// <param name="Value">Its term of <c>D = sum_v D_v</c>.</param>
/// <param name="Slope"><c>g_v</c>, see <see cref="IDivergenceFormula{T}"/>.</param>
public readonly record struct DivergenceTerm<T>(T Value, T Slope)
    where T : struct, ILane<T>;

/// <summary>A divergence of student p and teacher q as a sum over the vocabulary.</summary>
/// <remarks>
/// The slope is the derivative of D by <c>log p_v</c> up to a multiple of <c>p_v</c>, the same for all v: the softmax's Jacobian,
/// <c>dz_v = g_v - p_v sum_u g_u</c>, takes it away again. Left out, terms that cancel each other are never formed.
/// </remarks>
public interface IDivergenceFormula<T>
    where T : struct, ILane<T>
{
    /// <param name="student"><c>s = log p_v</c>, finite.</param>
    /// <param name="teacher"><c>t = log q_v</c>, finite.</param>
    DivergenceTerm<T> Term(T student, T teacher);
}
