using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>Which rows of a step have a surrogate, and with what factor. Rows are chosen from all that are shown at once.</summary>
/// <param name="parts">The loss.</param>
internal sealed class PolicyMasks(PolicyParts parts)
{
    private double[] _keys = [];
    private int[] _items = [];
    private bool[] _chosen = [];
    private int _rows;

    /// <summary>[R] rows chosen by the covariance rule.</summary>
    public ReadOnlySpan<bool> Chosen => _chosen.AsSpan(0, _rows);

    /// <summary>Fills masks and factors.</summary>
    /// <param name="inputs">The step's rows.</param>
    /// <param name="tokens">[R] the same as tokens.</param>
    /// <param name="kept">[R] weights, 0 where the high-entropy mask drops the row.</param>
    /// <param name="factor">[R] off-policy mask, high-entropy mask, Clip-Cov and importance-sampling correction, multiplied.</param>
    public void Choose(in LossInputs inputs, ReadOnlySpan<TokenStatistics> tokens, Span<double> kept, Span<double> factor)
    {
        Reserve(inputs.Rows);
        double threshold = parts.TopEntropyShare < 1 ? EntropyThreshold(inputs) : double.NegativeInfinity;
        Span<bool> chosen = _chosen.AsSpan(0, _rows);
        chosen.Clear();
        if (parts.Covariance is { } rule)
        {
            ChooseByCovariance(inputs, tokens, rule, chosen);
        }

        for (int s = 0; s < inputs.Sequences; s++)
        {
            double divergence = parts.OffPolicyThreshold is null ? 0 : Divergence(inputs, s);
            for (int t = inputs.RowStarts[s]; t < inputs.RowStarts[s + 1]; t++)
            {
                bool isKept = threshold == double.NegativeInfinity || inputs.Entropy[t] >= threshold;
                kept[t] = isKept ? PolicyRows.Weight(inputs, t) : 0;
                bool isOnPolicy = parts.OffPolicyThreshold is not { } limit || tokens[t].Advantage >= 0 || divergence <= limit;
                bool isDropped = !isKept || !isOnPolicy || (chosen[t] && parts.Covariance!.Effect == CovarianceEffect.Drop);
                factor[t] = isDropped ? 0 : Correction(inputs, s, t);
            }
        }
    }

    /// <summary>VESPO's weight holds the correction already.</summary>
    private double Correction(in LossInputs inputs, int s, int t)
    {
        if (parts.Report.SequenceWeight is not null)
        {
            return 1;
        }

        ReadOnlySpan<double> row = inputs.Values(Column.ImportanceRatio);
        ReadOnlySpan<double> sequence = inputs.Values(Column.SequenceImportanceRatio);
        return (row.IsEmpty ? 1 : row[t]) * (sequence.IsEmpty ? 1 : sequence[s]);
    }

    /// <summary>Mean of <c>log mu - log pi</c> over a sequence; mu is the engine that sampled, or the old policy where the data do not say.</summary>
    private static double Divergence(in LossInputs inputs, int s)
    {
        ReadOnlySpan<double> sampled = inputs.Values(Column.SamplingLogProb);
        sampled = sampled.IsEmpty ? inputs.Values(Column.OldLogProb) : sampled;
        double sum = 0;
        for (int t = inputs.RowStarts[s]; t < inputs.RowStarts[s + 1] && !sampled.IsEmpty; t++)
        {
            double weight = PolicyRows.Weight(inputs, t);
            sum += weight == 0 ? 0 : weight * (sampled[t] - inputs.LogProb[t]);
        }

        return sum / inputs.WeightOf(s);
    }

    /// <summary>The (1 - share) quantile of the entropies of unmasked rows, between order statistics linear, as torch interpolates.</summary>
    private double EntropyThreshold(in LossInputs inputs)
    {
        int count = 0;
        for (int t = 0; t < inputs.Rows; t++)
        {
            if (PolicyRows.Weight(inputs, t) != 0)
            {
                _keys[count++] = inputs.Entropy[t];
            }
        }

        if (count == 0)
        {
            return double.NegativeInfinity;
        }

        Span<double> sorted = _keys.AsSpan(0, count);
        sorted.Sort();
        double position = (1 - parts.TopEntropyShare) * (count - 1);
        int below = (int)Math.Floor(position);
        double between = position - below;
        double low = sorted[below];
        double step = sorted[Math.Min(below + 1, count - 1)] - low;
        return between < 0.5 ? low + (between * step) : low + step - (step * (1 - between));
    }

    private void ChooseByCovariance(in LossInputs inputs, ReadOnlySpan<TokenStatistics> tokens, CovarianceRule rule, Span<bool> chosen)
    {
        (double advantage, double logProb, int total) = Means(inputs, tokens);
        var random = new Philox(rule.Seed, RandomPurpose.TokenChoice, 0);
        int count = 0;
        for (int t = 0; t < inputs.Rows; t++)
        {
            double covariance = (tokens[t].Advantage - advantage) * (tokens[t].LogProb - logProb);
            bool isCandidate = rule.Effect == CovarianceEffect.Penalize || (covariance > rule.Least && covariance < rule.Most && !IsClipped(tokens[t]));
            if (PolicyRows.Weight(inputs, t) != 0 && isCandidate)
            {
                _keys[count] = rule.Effect == CovarianceEffect.Penalize ? -covariance : random.Uniform((ulong)t);
                _items[count++] = t;
            }
        }

        _keys.AsSpan(0, count).Sort(_items.AsSpan(0, count));
        int wanted = Math.Min(count, Math.Max(1, (int)(rule.Share * total)));
        for (int i = 0; i < wanted; i++)
        {
            chosen[_items[i]] = true;
        }
    }

    /// <summary>Whether the clip takes the token's gradient already.</summary>
    private bool IsClipped(in TokenStatistics token)
    {
        double ratio = Math.Exp(token.LogRatio);
        return (token.Advantage < 0 && ratio < parts.Report.Least) || (token.Advantage > 0 && ratio > parts.Report.Most);
    }

    private static (double Advantage, double LogProb, int Count) Means(in LossInputs inputs, ReadOnlySpan<TokenStatistics> tokens)
    {
        double advantage = 0;
        double logProb = 0;
        int count = 0;
        for (int t = 0; t < inputs.Rows; t++)
        {
            if (PolicyRows.Weight(inputs, t) != 0)
            {
                advantage += tokens[t].Advantage;
                logProb += tokens[t].LogProb;
                count++;
            }
        }

        return (advantage / count, logProb / count, count);
    }

    private void Reserve(int rows)
    {
        _rows = rows;
        if (_keys.Length < rows)
        {
            (_keys, _items, _chosen) = (new double[rows], new int[rows], new bool[rows]);
        }
    }
}
