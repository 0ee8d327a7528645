using FastAlign.Kernels;

namespace FastAlign.Alignment;

/// <summary>
/// Direct preference optimisation: <c>-log sigmoid(x)</c>, <c>x = beta (c - r)</c>, c and r the log-ratios of chosen and rejected; derivative
/// <c>-beta sigmoid(-x)</c> by c and its negative by r. At step 0 policy and reference agree, and the loss is ln 2.
/// </summary>
/// <remarks>
/// <para>Label smoothing e (Mitchell, "A note on DPO with noisy preferences", 2023: cDPO): <c>-(1-e) log sigmoid(x) - e log sigmoid(-x)</c>, in
/// <see cref="Dialect.Original"/>. TRL does not use <c>label_smoothing</c> in <c>sigmoid</c>: under <see cref="Dialect.Trl"/> it has no effect, and
/// <see cref="Warnings"/> says so.</para>
/// <para>Source: Rafailov et al., "Direct preference optimization", NeurIPS 2023, equation 7.</para>
/// </remarks>
public sealed class SigmoidTerm : IPairTerm
{
    private readonly double _smoothing;

    /// <exception cref="Core.InputException">An option is outside its range.</exception>
    public SigmoidTerm(DpoOptions options)
    {
        options.Validate();
        Beta = options.Beta;
        bool ignored = options.Dialect == Dialect.Trl && options.LabelSmoothing > 0;
        _smoothing = ignored ? 0 : options.LabelSmoothing;
        Warnings = ignored
            ? [$"label_smoothing {options.LabelSmoothing} has no effect: dialect trl ignores it in loss_type sigmoid; dialect original uses it (cDPO)"]
            : [];
    }

    public string Name => "sigmoid";

    public double Beta { get; }

    public bool NeedsReference => true;

    public IReadOnlyList<string> Warnings { get; }

    public void Evaluate(ReadOnlySpan<PairStatistics> pairs, Span<PairValue> values)
    {
        ScalarDouble smoothing = new(_smoothing);
        for (int i = 0; i < pairs.Length; i++)
        {
            ScalarDouble x = new(Beta * (pairs[i].ChosenLogRatio - pairs[i].RejectedLogRatio));
            double dx = PairFormulas.SigmoidDerivative(x, smoothing).Value;
            values[i] = new PairValue(PairFormulas.Sigmoid(x, smoothing).Value, Beta * dx, -Beta * dx);
        }
    }
}
