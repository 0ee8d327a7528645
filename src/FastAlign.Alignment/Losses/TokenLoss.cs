using FastAlign.Core;
using FastAlign.Kernels;

namespace FastAlign.Alignment;

/// <summary>
/// A loss of single tokens: <c>sum_t w_t l(logp_t) / D</c>, D by the <see cref="Normalizer"/>. Serves supervised fine-tuning (TRL <c>SFTTrainer</c>).
/// Nats per token under the default normalizer.
/// </summary>
/// <param name="name">Name as in TRL's <c>loss_type</c>.</param>
/// <param name="term">l; reads the log-prob only.</param>
/// <param name="normalizer">What the sum is divided by; TRL divides by the tokens of the step.</param>
public sealed class TokenLoss(string name, ITokenTerm term, Normalizer normalizer) : ILoss
{
    private TokenStatistics[] _tokens = [];
    private TokenValue[] _values = [];

    /// <summary>The fine-tuning loss called <paramref name="lossType"/>: nll or dft.</summary>
    /// <exception cref="InputException">No such loss.</exception>
    public static TokenLoss Create(string lossType) => lossType switch
    {
        "nll" => Nll(),
        "dft" => Dft(),
        _ => throw new InputException($"loss_type: expected nll or dft, found {lossType}"),
    };

    public string Name => name;

    public bool NeedsReference => false;

    public IReadOnlyList<string> Warnings => [];

    /// <summary>Negative log-likelihood, <c>-log pi</c>, by the tokens of the step unless said otherwise.</summary>
    public static TokenLoss Nll(Normalizer normalizer = default) => new("nll", new TokenTerm<NegativeLogLikelihood<Dual<ScalarDouble>>>(default), normalizer);

    /// <summary>Dynamic fine-tuning, <c>-sg(pi) log pi</c>, by the tokens of the step unless said otherwise.</summary>
    public static TokenLoss Dft(Normalizer normalizer = default) => new("dft", new TokenTerm<DynamicFineTuning<Dual<ScalarDouble>>>(default), normalizer);

    public double Evaluate(in LossInputs inputs, StepCounts step, in LossGradients gradients, MetricAccumulator metrics)
    {
        inputs.Validate();
        gradients.Validate(inputs.Rows);
        Gather(inputs.LogProb);
        term.Evaluate(_tokens.AsSpan(0, inputs.Rows), _values.AsSpan(0, inputs.Rows));
        double loss = 0;
        for (int s = 0; s < inputs.Sequences; s++)
        {
            double denominator = normalizer.Denominator(step, inputs.WeightOf(s));
            double sum = 0;
            for (int t = inputs.RowStarts[s]; t < inputs.RowStarts[s + 1]; t++)
            {
                double weight = inputs.Weight.IsEmpty ? 1 : inputs.Weight[t];
                sum += weight == 0 ? 0 : weight * _values[t].Value;
                gradients.LogProb[t] = weight == 0 ? 0 : weight * _values[t].DLogProb / denominator;
            }

            loss += sum / denominator;
        }

        gradients.Entropy.Clear();
        TokenMetrics.Mean(Metric.Entropy, inputs, inputs.Entropy, 0, 1, metrics);
        TokenMetrics.Accuracy(inputs, 0, 1, metrics);
        return loss;
    }

    private void Gather(ReadOnlySpan<double> logProb)
    {
        if (_tokens.Length < logProb.Length)
        {
            (_tokens, _values) = (new TokenStatistics[logProb.Length], new TokenValue[logProb.Length]);
        }

        for (int t = 0; t < logProb.Length; t++)
        {
            _tokens[t] = new TokenStatistics(logProb[t], 0, 0, 0, 0);
        }
    }
}
