namespace FastAlign.Alignment;

/// <summary>
/// Advantage of a token from a teacher: <c>A_t = sum_{i >= t} gamma^i r_i</c>, <c>r = log teacher - log student</c>, and with length normalisation that sum
/// over <c>sum_{i >= t} gamma^i</c> (Gu et al., 2024, MiniLLM, section 2.2). Dialect trl: the power is i, the token's place in the completion, where the
/// paper's discount would be i - t; gamma = 0 means r itself.
/// </summary>
/// <param name="Gamma">In [0, 1].</param>
/// <param name="IsNormalized">Divide by the discounted length. <c>length_normalization</c></param>
public readonly record struct ReverseKlAdvantage(double Gamma, bool IsNormalized)
{
    // Weight of a padded place in TRL's discounted length.
    private const double PaddingWeight = 1e-4;

    /// <summary>Advantages of one completion.</summary>
    /// <param name="teacher">[n] log-probs.</param>
    /// <param name="student">[n] log-probs.</param>
    /// <param name="paddedWidth">Places that TRL pads the completion to, at least n: they enter its discounted lengths.</param>
    /// <param name="advantages">[n] output.</param>
    /// <param name="weights">[n] output: <c>dA_t/dr_i = weights[t] gamma^i</c> for i >= t; for gamma = 0 1 at i = t.</param>
    public void Compute(ReadOnlySpan<double> teacher, ReadOnlySpan<double> student, int paddedWidth, Span<double> advantages, Span<double> weights)
    {
        double sum = 0;
        double length = 0;
        for (int i = paddedWidth - 1; i >= teacher.Length; i--)
        {
            length += PaddingWeight * Math.Pow(Gamma, i);
        }

        for (int t = teacher.Length - 1; t >= 0; t--)
        {
            double reward = teacher[t] - student[t];
            double power = Math.Pow(Gamma, t);
            sum += power * reward;
            length += power;
            weights[t] = Gamma == 0 || !IsNormalized ? 1 : 1 / length;
            advantages[t] = Gamma == 0 ? reward : weights[t] * sum;
        }
    }

    /// <summary>From derivatives by advantages to those by the student's log-probs.</summary>
    /// <param name="dAdvantages">[n]</param>
    /// <param name="weights">From <see cref="Compute"/>.</param>
    /// <param name="dStudent">[n] output.</param>
    public void Differentiate(ReadOnlySpan<double> dAdvantages, ReadOnlySpan<double> weights, Span<double> dStudent)
    {
        double sum = 0;
        for (int i = 0; i < dAdvantages.Length; i++)
        {
            sum += dAdvantages[i] * weights[i];
            dStudent[i] = Gamma == 0 ? -dAdvantages[i] : -Math.Pow(Gamma, i) * sum;
        }
    }
}
