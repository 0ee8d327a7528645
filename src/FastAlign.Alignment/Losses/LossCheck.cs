using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>
/// Tells whether the gradient that a loss assigns is the derivative of the value that it returns, by central differences. For losses of one's own: one call.
/// A loss with a stop-gradient on purpose (an importance weight, a baseline from the same rows) is not the derivative of its value, and says so here.
/// </summary>
public static class LossCheck
{
    private const double Step = 1e-5;
    private const int Examples = 6;
    private const int LongestCompletion = 5;

    // ulp(f) / Step is below 2.3e-11 |f|; evaluation itself may be off by a few ulp.
    private const double Rounding = 1e-10;

    /// <summary>Checks a loss on random rows: log-probs, a reference nearby, entropies, and all columns of <see cref="Column"/> that say something of a sequence or an example.</summary>
    /// <param name="loss">A loss of log-probs.</param>
    /// <param name="sequencesPerExample">1 for judged completions, 2 for pairs or where a mismatched completion is needed.</param>
    /// <param name="seed">Of the rows.</param>
    public static LossCheckResult FiniteDifferences(ILoss loss, int sequencesPerExample = 1, ulong seed = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sequencesPerExample);
        var random = new Philox(seed, RandomPurpose.Test, 0);
        int sequences = Examples * sequencesPerExample;
        int[] rowStarts = new int[sequences + 1];
        for (int s = 0; s < sequences; s++)
        {
            rowStarts[s + 1] = rowStarts[s] + 1 + random.Integer((ulong)s, LongestCompletion);
        }

        int rows = rowStarts[^1];
        double[] logProb = Uniform(random, 1000, rows, -4, -0.1);
        double[] reference = [.. logProb.Zip(Uniform(random, 2000, rows, -0.5, 0.5), (value, shift) => Math.Min(value + shift, -0.01))];
        var columns = new ColumnSet();
        Fill(columns.Take(Column.Label, sequences), (i, _) => i / sequencesPerExample % 2 == 0 ? 1 : 0, []);
        Fill(columns.Take(Column.Reward, sequences), (_, u) => (2 * u) - 1, Uniform(random, 3000, sequences, 0, 1));
        Fill(columns.Take(Column.Value, sequences), (_, u) => u, Uniform(random, 4000, sequences, -1, 1));
        Fill(columns.Take(Column.PassRate, sequences), (_, u) => u, Uniform(random, 5000, sequences, 0.2, 0.8));
        Fill(columns.Take(Column.Margin, Examples), (_, u) => u, Uniform(random, 6000, Examples, 0, 1));
        var inputs = new LossInputs
        {
            LogProb = logProb,
            RowStarts = rowStarts,
            ExampleStarts = [.. Enumerable.Range(0, Examples + 1).Select(e => e * sequencesPerExample)],
            ReferenceLogProb = reference,
            Entropy = Uniform(random, 7000, rows, 0.1, 3),
            Columns = columns,
        };
        return FiniteDifferences(loss, inputs, StepCounts.Of(rowStarts, sequencesPerExample));
    }

    /// <summary>Checks a loss on rows of the caller's.</summary>
    /// <param name="loss">A loss of log-probs.</param>
    /// <param name="inputs">Not changed.</param>
    /// <param name="step">Denominators.</param>
    public static LossCheckResult FiniteDifferences(ILoss loss, in LossInputs inputs, StepCounts step)
    {
        IReadOnlyList<double> state = (loss as IStatefulLoss)?.State ?? [];
        double[] logProb = inputs.LogProb.ToArray();
        LossInputs moved = inputs with { LogProb = logProb };
        double[] gradient = new double[logProb.Length];
        double value = Evaluate(loss, state, moved, step, gradient);
        double[] unused = new double[logProb.Length];
        var worst = new LossCheckResult(loss.Name, value, -1, 0, 0, 0);
        for (int t = 0; t < logProb.Length; t++)
        {
            double near = Slope(loss, state, moved, step, logProb, t, Step, unused);
            double far = Slope(loss, state, moved, step, logProb, t, 2 * Step, unused);

            // The truncation error of the near difference is a third of what separates the two.
            double limit = Math.Abs(far - near) + (Rounding * Math.Max(1, Math.Abs(value)));
            double excess = Math.Abs(near - gradient[t]) / limit;
            if (worst.Row < 0 || !(excess <= worst.Excess))
            {
                worst = worst with { Row = t, Expected = near, Found = gradient[t], Excess = excess };
            }
        }

        return worst;
    }

    private static double Slope(
        ILoss loss, IReadOnlyList<double> state, in LossInputs inputs, StepCounts step, double[] logProb, int row, double distance, double[] unused)
    {
        double at = logProb[row];
        logProb[row] = at + distance;
        double above = Evaluate(loss, state, inputs, step, unused);
        logProb[row] = at - distance;
        double below = Evaluate(loss, state, inputs, step, unused);
        logProb[row] = at;
        return (above - below) / (2 * distance);
    }

    private static double Evaluate(ILoss loss, IReadOnlyList<double> state, in LossInputs inputs, StepCounts step, double[] gradient)
    {
        if (loss is IStatefulLoss stateful)
        {
            stateful.State = state;
        }

        var gradients = new LossGradients { LogProb = gradient, Entropy = new double[inputs.Entropy.Length] };
        return loss.Evaluate(inputs, step, gradients, new MetricAccumulator(MetricAveraging.Items));
    }

    private static double[] Uniform(Philox random, ulong first, int count, double low, double high)
    {
        double[] values = new double[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = low + ((high - low) * random.Uniform(first + (ulong)i));
        }

        return values;
    }

    private static void Fill(Span<double> column, Func<int, double, double> value, double[] draws)
    {
        for (int i = 0; i < column.Length; i++)
        {
            column[i] = value(i, draws.Length == 0 ? 0 : draws[i]);
        }
    }
}

/// <summary>What a check came to: the row that is worst.</summary>
/// <param name="Loss">Name of the loss.</param>
/// <param name="Value">Its value.</param>
/// <param name="Row">The row; -1 if there was none.</param>
/// <param name="Expected">The central difference.</param>
/// <param name="Found">What the loss assigned.</param>
/// <param name="Excess">Their distance over the error that differences can have; at most 1 is right.</param>
public sealed record LossCheckResult(string Loss, double Value, int Row, double Expected, double Found, double Excess)
{
    /// <summary>Whether the gradient is the derivative of the value.</summary>
    public bool IsRight => Excess <= 1;

    public override string ToString() =>
        $"{Loss}: value {Value:G6}; gradient {(IsRight ? "right" : $"WRONG: row {Row}: expected {Expected:G9}, found {Found:G9}")} ({Excess:G2} of the error allowed)";
}
