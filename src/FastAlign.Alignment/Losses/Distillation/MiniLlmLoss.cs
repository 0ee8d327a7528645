using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>
/// MiniLLM on policy: <c>sum_t -rho_t (A + A_t) / N</c> with a ratio of 1, A the data's advantage and A_t that of <see cref="ReverseKlAdvantage"/>, plus the
/// single-step part <c>sum_t KL(student, teacher)_t / N</c> (Gu et al., 2024; TRL 1.14 <c>MiniLLMTrainer</c>). In dialect trl the gradient also flows through A_t.
/// </summary>
/// <param name="options">Which parts.</param>
public sealed class MiniLlmLoss(MiniLlmOptions options) : IDistillationLoss
{
    private readonly ReverseKlAdvantage _advantage = new(options.Gamma, options.IsLengthNormalized);
    private double[] _advantages = [];
    private double[] _weights = [];
    private double[] _dAdvantages = [];

    public string Name => "minillm";

    public bool NeedsReference => true;

    public bool NeedsDivergence => options.HasSingleStep;

    public bool IsTempered => false;

    public bool HasLogProbGradient => true;

    public IReadOnlyList<string> Warnings => [];

    public double Evaluate(in LossInputs inputs, StepCounts step, in LossGradients gradients, MetricAccumulator metrics)
    {
        inputs.Validate();
        gradients.Validate(inputs.Rows);
        DistillationRequire.Teacher(inputs);
        if (options.HasSingleStep)
        {
            DistillationRequire.Divergence(inputs, gradients);
        }

        gradients.Entropy.Clear();
        gradients.TemperedLogProb.Clear();
        double scale = 1.0 / Math.Max(1, step.Tokens);
        double loss = 0;
        for (int s = 0; s < inputs.Sequences; s++)
        {
            loss += Sequence(inputs, inputs.RowsOf(s), scale, gradients, metrics);
        }

        for (int t = 0; t < inputs.Rows && options.HasSingleStep; t++)
        {
            loss += scale * inputs.Divergence[t];
            gradients.Divergence[t] = scale;
        }

        TokenMetrics.Mean(Metric.Entropy, inputs, inputs.Entropy, 0, 1, metrics);
        return loss;
    }

    private double Sequence(in LossInputs inputs, Range rows, double scale, in LossGradients gradients, MetricAccumulator metrics)
    {
        ReadOnlySpan<double> given = inputs.Values(Column.Advantage);
        ReadOnlySpan<double> student = inputs.TemperedLogProb.IsEmpty ? inputs.LogProb[rows] : inputs.TemperedLogProb[rows];
        Span<double> advantages = Reserve(student.Length);
        if (options.HasReverseKlAdvantage)
        {
            _advantage.Compute(inputs.ReferenceLogProb[rows], student, student.Length, advantages, _weights);
        }

        double loss = 0;
        double reported = 0;
        Span<double> dLogProb = gradients.LogProb[rows];
        for (int t = 0; t < advantages.Length; t++)
        {
            reported += advantages[t];
            double advantage = advantages[t] + (given.IsEmpty ? 0 : given[rows][t]);
            loss -= scale * advantage;
            dLogProb[t] = -scale * advantage;
            _dAdvantages[t] = -scale;
        }

        if (options.HasReverseKlAdvantage)
        {
            AddThroughAdvantage(inputs, rows, gradients);
            metrics.Add(DistillationMetrics.TeacherAdvantage, reported, advantages.Length);
        }

        return loss;
    }

    private void AddThroughAdvantage(in LossInputs inputs, Range rows, in LossGradients gradients)
    {
        Span<double> into = inputs.TemperedLogProb.IsEmpty ? gradients.LogProb[rows] : gradients.TemperedLogProb[rows];
        _advantage.Differentiate(_dAdvantages.AsSpan(0, into.Length), _weights, _advantages);
        for (int t = 0; t < into.Length; t++)
        {
            into[t] += _advantages[t];
        }
    }

    private Span<double> Reserve(int rows)
    {
        if (_advantages.Length < rows)
        {
            (_advantages, _weights, _dAdvantages) = (new double[rows], new double[rows], new double[rows]);
        }

        _advantages.AsSpan(0, rows).Clear();
        return _advantages.AsSpan(0, rows);
    }
}

/// <summary>Options of <see cref="MiniLlmLoss"/>, named as in TRL's <c>MiniLLMConfig</c>.</summary>
public sealed record MiniLlmOptions
{
    /// <summary>Add <see cref="ReverseKlAdvantage"/> to the data's advantages. <c>rkl_advantage</c></summary>
    public bool HasReverseKlAdvantage { get; init; } = true;

    /// <summary>Add the exact KL of each token. <c>single_step_decomposition</c></summary>
    public bool HasSingleStep { get; init; } = true;

    /// <summary>Discount, in [0, 1]. <c>gamma</c></summary>
    public double Gamma { get; init; }

    /// <summary>Divide by the discounted length. <c>length_normalization</c></summary>
    public bool IsLengthNormalized { get; init; } = true;
}
