using FastAlign.Core;
using FastAlign.Kernels;

namespace FastAlign.Alignment;

/// <summary>
/// The scored rows as a policy loss sees them: log-ratios at their level, masks, and the way back from a derivative by the log-ratio to derivatives by
/// log-probs. Buffers grow to the largest micro-batch and are then reused.
/// </summary>
/// <remarks>A row of weight 0 takes no part, whatever its log-prob: its log-ratio counts as 0.</remarks>
/// <param name="parts">The loss.</param>
internal sealed class PolicyRows(PolicyParts parts)
{
    private readonly PolicyMasks _masks = new(parts);
    private TokenStatistics[] _tokens = [];
    private TokenStatistics[] _wholes = [];
    private TokenValue[] _clipped = [];
    private double[] _slope = [];
    private double[] _kept = [];
    private double[] _factor = [];

    /// <summary>[R] rows as tokens.</summary>
    public Span<TokenStatistics> Tokens => _tokens.AsSpan(0, Rows);

    /// <summary>[S] sequences as one token each: their first advantage, their log-ratio.</summary>
    public Span<TokenStatistics> Sequences => _wholes.AsSpan(0, SequenceCount);

    /// <summary>[R] weight of each row in the surrogate's sequence mean and in the entropy bonus: 0 where the high-entropy mask drops it.</summary>
    public ReadOnlySpan<double> Kept => _kept.AsSpan(0, Rows);

    /// <summary>[R] factor of each surrogate: masks times importance-sampling correction.</summary>
    public ReadOnlySpan<double> Factor => _factor.AsSpan(0, Rows);

    /// <summary>[R] rows chosen by the covariance rule.</summary>
    public ReadOnlySpan<bool> Chosen => _masks.Chosen;

    private int Rows { get; set; }

    private int SequenceCount { get; set; }

    /// <summary>Weight of a row: 1 unless the inputs have weights.</summary>
    public static double Weight(in LossInputs inputs, int t) => inputs.Weight.IsEmpty ? 1 : inputs.Weight[t];

    public void Gather(in LossInputs inputs)
    {
        Reserve(inputs.Rows, inputs.Sequences);
        ReadOnlySpan<double> old = inputs.Values(Column.OldLogProb);
        ReadOnlySpan<double> advantage = inputs.Values(Column.Advantage);
        ReadOnlySpan<double> sequenceAdvantage = inputs.Values(Column.SequenceAdvantage);
        for (int s = 0; s < inputs.Sequences; s++)
        {
            for (int t = inputs.RowStarts[s]; t < inputs.RowStarts[s + 1]; t++)
            {
                bool isMasked = Weight(inputs, t) == 0;
                double logProb = isMasked ? 0 : inputs.LogProb[t];
                double ratio = isMasked || old.IsEmpty ? 0 : logProb - old[t];
                double limited = Math.Clamp(ratio, -parts.LogRatioLimit, parts.LogRatioLimit);
                _slope[t] = isMasked || limited != ratio ? 0 : 1;
                double reference = isMasked || inputs.ReferenceLogProb.IsEmpty ? 0 : logProb - inputs.ReferenceLogProb[t];
                _tokens[t] = new TokenStatistics(logProb, limited, reference, 0, advantage.IsEmpty ? sequenceAdvantage[s] : advantage[t]);
            }
        }

        _masks.Choose(inputs, Tokens, _kept.AsSpan(0, Rows), _factor.AsSpan(0, Rows));
        ClipLogRatios();
        for (int s = 0; s < inputs.Sequences; s++)
        {
            Level(inputs, s, sequenceAdvantage.IsEmpty ? 0 : sequenceAdvantage[s]);
        }
    }

    /// <summary>Adds <c>dLogRatio dx/dlogp</c> of the rows of a sequence: <paramref name="dLogRatio"/> [n] holds the derivative by the log-ratio of each of its rows.</summary>
    public void SpreadTokens(in LossInputs inputs, int sequence, ReadOnlySpan<double> dLogRatio, Span<double> dLogProb)
    {
        int start = inputs.RowStarts[sequence];
        if (parts.Level == RatioLevel.Sequence)
        {
            double sum = 0;
            foreach (double d in dLogRatio)
            {
                sum += d;
            }

            SpreadWhole(inputs, sequence, sum, dLogProb);
            return;
        }

        for (int i = 0; i < dLogRatio.Length; i++)
        {
            dLogProb[start + i] += _tokens[start + i].LogRatio < parts.MaxLogRatio ? _slope[start + i] * dLogRatio[i] : 0;
        }
    }

    /// <summary>Adds <c>dLogRatio dx/dlogp_t</c> of the one log-ratio of a sequence to all its rows.</summary>
    public void SpreadWhole(in LossInputs inputs, int sequence, double dLogRatio, Span<double> dLogProb)
    {
        double count = parts.Level == RatioLevel.WholeSum ? 1 : Math.Max(1, KeptOf(inputs, sequence));
        double share = _wholes[sequence].LogRatio < parts.MaxLogRatio ? dLogRatio / count : 0;
        for (int t = inputs.RowStarts[sequence]; t < inputs.RowStarts[sequence + 1]; t++)
        {
            dLogProb[t] += _slope[t] == 0 ? 0 : MeanWeight(inputs, t) * _slope[t] * share;
        }
    }

    /// <summary>GMPO's clip acts on each log-ratio before the mean.</summary>
    private void ClipLogRatios()
    {
        if (parts.LogRatioClip is null)
        {
            return;
        }

        parts.LogRatioClip.Evaluate(Tokens, _clipped.AsSpan(0, Rows));
        for (int t = 0; t < Rows; t++)
        {
            _slope[t] *= _clipped[t].DLogRatio;
        }
    }

    /// <summary>Computes the log-ratios of a sequence and, where all its tokens share one, puts it into them.</summary>
    private void Level(in LossInputs inputs, int sequence, double advantage)
    {
        (int start, int end) = (inputs.RowStarts[sequence], inputs.RowStarts[sequence + 1]);
        double sum = 0;
        double logWeight = SequenceCorrection(inputs, sequence);
        for (int t = start; t < end; t++)
        {
            double ratio = _tokens[t].LogRatio;
            sum += MeanWeight(inputs, t) * (parts.LogRatioClip is null ? ratio : _clipped[t].Value);
            logWeight += Weight(inputs, t) * Math.Clamp(ratio, -GammaWeight<ScalarDouble>.MostLogRatio, GammaWeight<ScalarDouble>.MostLogRatio);
            logWeight += LogCorrection(inputs.Values(Column.ImportanceRatio), t);
        }

        double mean = sum / Math.Max(1, KeptOf(inputs, sequence));
        double shared = Math.Min(parts.Level == RatioLevel.WholeSum ? sum : mean, parts.MaxLogRatio);
        bool isShared = parts.Level is RatioLevel.Sequence or RatioLevel.SequenceToken;
        for (int t = start; t < end; t++)
        {
            double ratio = isShared ? shared : Math.Min(_tokens[t].LogRatio, parts.MaxLogRatio);
            _tokens[t] = _tokens[t] with { LogRatio = ratio, SequenceLogRatio = logWeight };
        }

        _wholes[sequence] = new TokenStatistics(0, shared, 0, logWeight, end > start ? _tokens[start].Advantage : advantage);
    }

    /// <summary>The mean over a sequence counts masked rows 0; at the level of wholes those that the high-entropy mask drops, too.</summary>
    private double MeanWeight(in LossInputs inputs, int t) => parts.IsWhole ? _kept[t] : Weight(inputs, t);

    private double KeptOf(in LossInputs inputs, int sequence)
    {
        double sum = 0;
        for (int t = inputs.RowStarts[sequence]; t < inputs.RowStarts[sequence + 1]; t++)
        {
            sum += MeanWeight(inputs, t);
        }

        return sum;
    }

    private static double SequenceCorrection(in LossInputs inputs, int sequence) => LogCorrection(inputs.Values(Column.SequenceImportanceRatio), sequence);

    private static double LogCorrection(ReadOnlySpan<double> ratios, int i) => ratios.IsEmpty
        ? 0
        : Math.Clamp(Math.Log(ratios[i]), GammaWeight<ScalarDouble>.LeastLogRatio, GammaWeight<ScalarDouble>.MostLogRatio);

    private void Reserve(int rows, int sequences)
    {
        (Rows, SequenceCount) = (rows, sequences);
        if (_tokens.Length < rows)
        {
            (_tokens, _clipped) = (new TokenStatistics[rows], new TokenValue[rows]);
            (_slope, _kept, _factor) = (new double[rows], new double[rows], new double[rows]);
        }

        if (_wholes.Length < sequences)
        {
            _wholes = new TokenStatistics[sequences];
        }
    }
}
