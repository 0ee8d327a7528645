using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>
/// The goal-conditioned term of a reward model (Nath et al., 2024): representations of the chosen response should point to where it ends up, and away from
/// the rejected one:
/// <code>
/// -log m+ - log(1 - m-),   m+ = mean sigmoid(cos(h_source+, h_goal+)),   m- = mean sigmoid(cos(h_source-, h_goal-))
/// </code>
/// The means run over all n x n combinations of sampled positions and over all pairs of the step, inside the logarithm, as in the authors' code; the paper
/// has one source and one goal. Cosines have no temperature, so both sigmoids lie in [0.269, 0.731] and the term is at least 2 * 0.3133.
/// </summary>
/// <remarks>
/// Rows of a pair: chosen = [score, n sources+, n goals+, n sources-], rejected = [score, n goals-]; sources- are positions of the chosen response too.
/// </remarks>
/// <param name="samples">n, at least 1; the authors' code has 16.</param>
internal sealed class GoalContrast(int samples)
{
    private double[] _unit = [];
    private double[] _norm = [];

    /// <summary>The term.</summary>
    /// <param name="inputs">Rows after the final norm.</param>
    /// <param name="scale">Factor of the term, in the gradient too.</param>
    /// <param name="dEmbeddings">[R, C], <c>+=</c>.</param>
    public double Evaluate(in LossInputs inputs, double scale, Span<double> dEmbeddings)
    {
        Prepare(inputs);
        int pairs = inputs.Sequences / 2;
        double positive = 0;
        double negative = 0;
        for (int p = 0; p < pairs; p++)
        {
            Blocks b = BlocksOf(inputs, p);
            positive += Sum(b.PositiveSources, b.PositiveGoals, inputs.Width);
            negative += Sum(b.NegativeSources, b.NegativeGoals, inputs.Width);
        }

        double count = (double)pairs * samples * samples;
        (double meanPositive, double meanNegative) = (positive / count, negative / count);
        for (int p = 0; p < pairs; p++)
        {
            Blocks b = BlocksOf(inputs, p);
            Spread(b.PositiveSources, b.PositiveGoals, inputs.Width, -scale / (meanPositive * count), dEmbeddings);
            Spread(b.NegativeSources, b.NegativeGoals, inputs.Width, scale / ((1 - meanNegative) * count), dEmbeddings);
        }

        return -Math.Log(meanPositive) - Math.Log(1 - meanNegative);
    }

    /// <summary>Unit vectors and norms of all rows.</summary>
    private void Prepare(in LossInputs inputs)
    {
        int width = inputs.Width;
        if (_norm.Length < inputs.Rows)
        {
            (_unit, _norm) = (new double[inputs.Embeddings.Length], new double[inputs.Rows]);
        }

        for (int row = 0; row < inputs.Rows; row++)
        {
            ReadOnlySpan<double> h = inputs.Embeddings.Slice(row * width, width);
            _norm[row] = Math.Sqrt(UnitHead.Dot(h, h));
            Span<double> unit = _unit.AsSpan(row * width, width);
            unit.Clear();
            UnitHead.AddScaled(h, _norm[row] > 0 ? 1 / _norm[row] : 0, unit);
        }
    }

    private double Sum(int sources, int goals, int width)
    {
        double sum = 0;
        for (int i = 0; i < samples; i++)
        {
            for (int j = 0; j < samples; j++)
            {
                sum += Sigmoid(Cosine(sources + i, goals + j, width));
            }
        }

        return sum;
    }

    /// <summary><c>dcos/da = (b - cos a) / |a|</c> for unit vectors a, b; <c>scale</c> times the sigmoid's slope goes to both sides.</summary>
    private void Spread(int sources, int goals, int width, double scale, Span<double> dEmbeddings)
    {
        for (int i = 0; i < samples; i++)
        {
            for (int j = 0; j < samples; j++)
            {
                (int a, int b) = (sources + i, goals + j);
                double cosine = Cosine(a, b, width);
                double chance = Sigmoid(cosine);
                double slope = scale * chance * (1 - chance);
                Turn(a, b, cosine, slope, width, dEmbeddings);
                Turn(b, a, cosine, slope, width, dEmbeddings);
            }
        }
    }

    private void Turn(int row, int towards, double cosine, double slope, int width, Span<double> dEmbeddings)
    {
        if (_norm[row] > 0)
        {
            Span<double> dRow = dEmbeddings.Slice(row * width, width);
            UnitHead.AddScaled(Unit(towards, width), slope / _norm[row], dRow);
            UnitHead.AddScaled(Unit(row, width), -slope * cosine / _norm[row], dRow);
        }
    }

    private double Cosine(int a, int b, int width) => UnitHead.Dot(Unit(a, width), Unit(b, width));

    private ReadOnlySpan<double> Unit(int row, int width) => _unit.AsSpan(row * width, width);

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private Blocks BlocksOf(in LossInputs inputs, int pair)
    {
        int chosen = inputs.RowStarts[2 * pair];
        int rejected = inputs.RowStarts[(2 * pair) + 1];
        int end = inputs.RowStarts[(2 * pair) + 2];
        if (rejected - chosen != (3 * samples) + 1 || end - rejected != samples + 1)
        {
            throw new ShapeException($"[goal_contrast] rows of pair {pair}: expected {(3 * samples) + 1} and {samples + 1}, got {rejected - chosen} and {end - rejected}");
        }

        return new Blocks(chosen + 1, chosen + samples + 1, chosen + (2 * samples) + 1, rejected + 1);
    }

    /// <summary>First rows of the sampled positions of a pair.</summary>
    private readonly record struct Blocks(int PositiveSources, int PositiveGoals, int NegativeSources, int NegativeGoals);
}
