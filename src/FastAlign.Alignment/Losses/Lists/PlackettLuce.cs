namespace FastAlign.Alignment;

/// <summary>
/// The Plackett-Luce model of a ranking (Luce, 1959; Plackett, 1975): the best item is drawn by a softmax over all scores, the next by a softmax over the
/// rest, and so on: <c>-log p = sum_{k &lt; K} [log sum_{j >= k} e^(s_j) - s_k]</c>. For two items it is Bradley-Terry; ln K! where scores are equal.
/// </summary>
public static class PlackettLuce
{
    /// <summary>Loss of one ranking, with derivatives <c>d s_m = sum_{k &lt;= min(m, K - 2)} e^(s_m - Z_k) - [m &lt; K - 1]</c>, Z_k the log-sum from k on.</summary>
    /// <param name="scores">[K] best first.</param>
    /// <param name="dScores">[K], assigned.</param>
    /// <returns>Nats; 0 for a list of one item or none.</returns>
    public static double Evaluate(ReadOnlySpan<double> scores, Span<double> dScores)
    {
        // dScores holds Z_k first; the sum over k is taken in place from the end, where no earlier entry is needed any more.
        double z = double.NegativeInfinity;
        for (int k = scores.Length - 1; k >= 0; k--)
        {
            z = LogAdd(z, scores[k]);
            dScores[k] = z;
        }

        double loss = 0;
        for (int k = 0; k < scores.Length - 1; k++)
        {
            loss += dScores[k] - scores[k];
        }

        for (int m = scores.Length - 1; m >= 0; m--)
        {
            double chance = 0;
            for (int k = 0; k <= Math.Min(m, scores.Length - 2); k++)
            {
                chance += Math.Exp(scores[m] - dScores[k]);
            }

            dScores[m] = chance - (m < scores.Length - 1 ? 1 : 0);
        }

        return loss;
    }

    /// <summary><c>log(e^a + e^b)</c>, b finite.</summary>
    private static double LogAdd(double a, double b) => Math.Max(a, b) + Math.Log(1 + Math.Exp(-Math.Abs(a - b)));
}
