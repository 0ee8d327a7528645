using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>
/// ODIN (Chen et al., 2024): two heads on shared rows h, quality <c>q = v_Q . h</c> and length <c>l = v_L . h</c>, with v the heads mean-centred and of unit
/// norm. The pair loss is on their sum; correlations with length drive the length into one head and out of the other, so that q alone can be optimised:
/// <code>
/// mean_p log(1 + e^-(r_c - r_r)) + lambda_L [(1 - rho(l, n)) + |rho(q, n)| + |rho(q + l, n)|] + lambda_O |v_Q . v_L|,    r = q + l
/// </code>
/// rho over all completions of the optimizer step, n their tokens, prompt included. The third correlation is in the authors' code and not in the paper;
/// dialect original leaves it out.
/// </summary>
/// <remarks>
/// Score head: label 0 is quality, label 1 length, no bias. A correlation with a constant counts 0 and has no gradient. Metrics: those of a reward model for
/// q + l, and both correlations with length.
/// </remarks>
public sealed class OdinLoss : ILoss
{
    private readonly RewardOptions _options;
    private double[] _heads = [];
    private double[] _quality = [];
    private double[] _length = [];
    private double[] _sum = [];
    private double[] _dQuality = [];
    private double[] _dLength = [];

    /// <param name="options">Checked here.</param>
    /// <exception cref="InputException">An option is out of range.</exception>
    public OdinLoss(RewardOptions options)
    {
        options.Validate();
        _options = options;
    }

    public string Name => "odin";

    public bool NeedsReference => false;

    public bool IsCoupled => true;

    public ModelHeads Heads => ModelHeads.Embedding | ModelHeads.ScoreWeights;

    public IReadOnlyList<string> Warnings => [];

    /// <summary>v_Q of the trained heads [2, C]: the reward to optimise for, at the scale that training used.</summary>
    public static double[] QualityHead(ReadOnlySpan<double> heads)
    {
        double[] quality = new double[heads.Length / 2];
        UnitHead.Normalize(heads[..quality.Length], quality);
        return quality;
    }

    public double Evaluate(in LossInputs inputs, StepCounts step, in LossGradients gradients, MetricAccumulator metrics)
    {
        ReadOnlySpan<double> tokens = Validate(inputs);
        (int s, int c) = (inputs.Sequences, inputs.Width);
        Reserve(s, c);
        Span<double> vQuality = _heads.AsSpan(0, c);
        Span<double> vLength = _heads.AsSpan(c, c);
        double qualityNorm = UnitHead.Normalize(inputs.ScoreWeights[..c], vQuality);
        double lengthNorm = UnitHead.Normalize(inputs.ScoreWeights.Slice(c, c), vLength);
        for (int i = 0; i < s; i++)
        {
            ReadOnlySpan<double> row = Row(inputs, i);
            (_quality[i], _length[i]) = (UnitHead.Dot(vQuality, row), UnitHead.Dot(vLength, row));
            _sum[i] = _quality[i] + _length[i];
        }

        double loss = Pairs(s, step, metrics) + Correlations(tokens, metrics);
        double overlap = UnitHead.Dot(vQuality, vLength);
        loss += _options.OrthogonalityCoefficient * Math.Abs(overlap);

        gradients.Embeddings.Clear();
        gradients.ScoreWeights.Clear();
        Span<double> dQualityHead = gradients.ScoreWeights[..c];
        Span<double> dLengthHead = gradients.ScoreWeights.Slice(c, c);
        for (int i = 0; i < s; i++)
        {
            Span<double> dRow = gradients.Embeddings.Slice(inputs.RowStarts[i] * c, c);
            UnitHead.AddScaled(vQuality, _dQuality[i], dRow);
            UnitHead.AddScaled(vLength, _dLength[i], dRow);
            UnitHead.AddScaled(Row(inputs, i), _dQuality[i], dQualityHead);
            UnitHead.AddScaled(Row(inputs, i), _dLength[i], dLengthHead);
        }

        double push = _options.OrthogonalityCoefficient * Math.Sign(overlap);
        UnitHead.AddScaled(vLength, push, dQualityHead);
        UnitHead.AddScaled(vQuality, push, dLengthHead);
        UnitHead.Backward(vQuality, qualityNorm, dQualityHead);
        UnitHead.Backward(vLength, lengthNorm, dLengthHead);
        return loss;
    }

    /// <summary>Bradley-Terry on q + l; sets both derivatives.</summary>
    private double Pairs(int sequences, StepCounts step, MetricAccumulator metrics)
    {
        (double loss, double correct, double margin, double total) = (0, 0, 0, 0);
        for (int i = 0; i < sequences; i += 2)
        {
            double x = _sum[i] - _sum[i + 1];
            loss += Math.Max(-x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x)));
            double slope = -1 / (1 + Math.Exp(x)) / step.Examples;
            (_dQuality[i], _dQuality[i + 1]) = (slope, -slope);
            (_dLength[i], _dLength[i + 1]) = (slope, -slope);
            correct += x > 0 ? 1 : 0;
            margin += x;
            total += _sum[i] + _sum[i + 1];
        }

        metrics.Add(Metric.MeanReward, total, sequences);
        metrics.Add(Metric.Accuracy, correct, sequences / 2);
        metrics.Add(Metric.Margin, margin, sequences / 2);
        return loss / step.Examples;
    }

    /// <summary>The terms in rho; adds to both derivatives.</summary>
    private double Correlations(ReadOnlySpan<double> tokens, MetricAccumulator metrics)
    {
        int s = tokens.Length;
        ReadOnlySpan<double> quality = _quality.AsSpan(0, s);
        ReadOnlySpan<double> length = _length.AsSpan(0, s);
        double ofQuality = Pearson(quality, tokens);
        double ofLength = Pearson(length, tokens);
        double lambda = _options.LengthCoefficient;
        Correlation.AddGradient(length, tokens, -lambda, _dLength.AsSpan(0, s));
        Correlation.AddGradient(quality, tokens, lambda * Math.Sign(ofQuality), _dQuality.AsSpan(0, s));
        double loss = 1 - ofLength + Math.Abs(ofQuality);
        if (_options.Dialect != Dialect.Original)
        {
            ReadOnlySpan<double> sum = _sum.AsSpan(0, s);
            double ofSum = Pearson(sum, tokens);
            Correlation.AddGradient(sum, tokens, lambda * Math.Sign(ofSum), _dLength.AsSpan(0, s));
            Correlation.AddGradient(sum, tokens, lambda * Math.Sign(ofSum), _dQuality.AsSpan(0, s));
            loss += Math.Abs(ofSum);
        }

        // Two points always lie on a line: that would say nothing.
        int reported = s > 2 ? 1 : 0;
        metrics.Add(Metric.QualityLengthCorrelation, ofQuality, reported);
        metrics.Add(Metric.LengthLengthCorrelation, ofLength, reported);
        return lambda * loss;
    }

    private static double Pearson(ReadOnlySpan<double> scores, ReadOnlySpan<double> tokens) =>
        Correlation.Pearson(scores, tokens) is var rho && double.IsNaN(rho) ? 0 : rho;

    private static ReadOnlySpan<double> Row(in LossInputs inputs, int sequence) => inputs.Embeddings.Slice(inputs.RowStarts[sequence] * inputs.Width, inputs.Width);

    private ReadOnlySpan<double> Validate(in LossInputs inputs)
    {
        inputs.Validate();
        SequenceScores.ValidatePairs(Name, inputs);
        if (inputs.ScoreWeights.Length != 2 * inputs.Width)
        {
            throw new ShapeException($"[{Name}] scoreWeights: expected [2, {inputs.Width}], got [{inputs.ScoreWeights.Length}]");
        }

        ReadOnlySpan<double> tokens = inputs.Values(Column.SequenceTokens);
        return tokens.Length == inputs.Sequences ? tokens : throw new ShapeException($"[{Name}] tokens: expected [{inputs.Sequences}], got [{tokens.Length}]");
    }

    private void Reserve(int sequences, int width)
    {
        if (_heads.Length < 2 * width)
        {
            _heads = new double[2 * width];
        }

        if (_quality.Length < sequences)
        {
            (_quality, _length, _sum) = (new double[sequences], new double[sequences], new double[sequences]);
            (_dQuality, _dLength) = (new double[sequences], new double[sequences]);
        }
    }
}
