namespace FastAlign.Alignment;

/// <summary>One row of logits as a distribution, in double: the oracle of what heads compute in tiles, and for small vocabularies.</summary>
public static class LogitRow
{
    /// <summary><c>log sum_v e^z_v</c>, nats.</summary>
    public static double LogPartition(ReadOnlySpan<double> logits)
    {
        double most = double.NegativeInfinity;
        foreach (double logit in logits)
        {
            most = Math.Max(most, logit);
        }

        double sum = 0;
        foreach (double logit in logits)
        {
            sum += Math.Exp(logit - most);
        }

        return most + Math.Log(sum);
    }

    /// <summary>Log-prob of one token, nats.</summary>
    public static double LogProb(ReadOnlySpan<double> logits, int token) => logits[token] - LogPartition(logits);

    /// <summary><c>-sum_v p_v log p_v</c>, nats.</summary>
    public static double Entropy(ReadOnlySpan<double> logits)
    {
        double logZ = LogPartition(logits);
        double entropy = 0;
        foreach (double logit in logits)
        {
            double logProb = logit - logZ;
            double p = Math.Exp(logProb);
            entropy -= p == 0 ? 0 : p * logProb;
        }

        return entropy;
    }
}
