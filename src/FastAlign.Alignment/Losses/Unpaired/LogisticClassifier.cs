namespace FastAlign.Alignment;

/// <summary>
/// Logistic regression with two classes of equal total weight: minimises <c>|w|^2 / 2 + sum_i s_i log(1 + e^(-y_i (w x_i + b)))</c>, <c>s_i = n / (2 n_class)</c>, x
/// standardised over the data, b not penalised. The form that BCO's reference implementation takes its density ratios from.
/// </summary>
/// <remarks>Newton's method; each step by conjugate gradients, so that no [d, d] matrix is formed. The objective is strictly convex but for b.</remarks>
public sealed class LogisticClassifier
{
    private const int MostSteps = 100;
    private const int MostHalvings = 40;
    private const double GradientLimit = 1e-9;
    private const double ConjugateLimit = 1e-12;

    private readonly double[] _mean;
    private readonly double[] _scale;
    private readonly double[] _theta;

    private LogisticClassifier(double[] mean, double[] scale, double[] theta) => (_mean, _scale, _theta) = (mean, scale, theta);

    /// <summary>Weights of the standardised features, then the intercept.</summary>
    public ReadOnlySpan<double> Parameters => _theta;

    /// <summary>Fits a classifier.</summary>
    /// <param name="features">[n][d]</param>
    /// <param name="labels">[n], at least one of each.</param>
    /// <exception cref="ArgumentException">A class has no member.</exception>
    public static LogisticClassifier Fit(IReadOnlyList<double[]> features, IReadOnlyList<bool> labels)
    {
        int positives = labels.Count(label => label);
        if (positives == 0 || positives == labels.Count)
        {
            throw new ArgumentException("expected members of both classes", nameof(labels));
        }

        (double[] mean, double[] scale) = Moments(features);
        double[][] rows = [.. features.Select(row => Standardise(row, mean, scale))];
        double[] signs = [.. labels.Select(label => label ? 1.0 : -1)];
        double[] weights = [.. labels.Select(label => labels.Count / (2.0 * (label ? positives : labels.Count - positives)))];
        double[] theta = new double[mean.Length + 1];
        for (int step = 0; step < MostSteps; step++)
        {
            (double[] gradient, double[] curvature) = Derivatives(rows, signs, weights, theta);
            if (gradient.Max(Math.Abs) <= GradientLimit * labels.Count)
            {
                break;
            }

            double[] direction = Solve(rows, curvature, gradient);
            Descend(rows, signs, weights, theta, direction);
        }

        return new LogisticClassifier(mean, scale, theta);
    }

    /// <summary>Probability of the class of true labels, both classes being equally frequent.</summary>
    public double Probability(ReadOnlySpan<double> features) => 1 / (1 + Math.Exp(-Margin(Standardise(features, _mean, _scale), _theta)));

    private static (double[] Mean, double[] Scale) Moments(IReadOnlyList<double[]> features)
    {
        int d = features[0].Length;
        double[] mean = new double[d];
        double[] scale = new double[d];
        for (int k = 0; k < d; k++)
        {
            mean[k] = features.Average(row => row[k]);
            double variance = features.Average(row => (row[k] - mean[k]) * (row[k] - mean[k]));
            scale[k] = variance > 0 ? 1 / Math.Sqrt(variance) : 0;
        }

        return (mean, scale);
    }

    private static double[] Standardise(ReadOnlySpan<double> row, double[] mean, double[] scale)
    {
        double[] x = new double[row.Length];
        for (int k = 0; k < x.Length; k++)
        {
            x[k] = (row[k] - mean[k]) * scale[k];
        }

        return x;
    }

    private static double Margin(ReadOnlySpan<double> x, double[] theta)
    {
        double z = theta[^1];
        for (int k = 0; k < x.Length; k++)
        {
            z += theta[k] * x[k];
        }

        return z;
    }

    private static double Objective(double[][] rows, double[] signs, double[] weights, double[] theta)
    {
        double sum = theta.AsSpan(0, theta.Length - 1).ToArray().Sum(w => w * w) / 2;
        for (int i = 0; i < rows.Length; i++)
        {
            double z = -signs[i] * Margin(rows[i], theta);
            sum += weights[i] * (Math.Max(z, 0) + Math.Log(1 + Math.Exp(-Math.Abs(z))));
        }

        return sum;
    }

    /// <summary>Gradient, and <c>s p (1 - p)</c> of every row.</summary>
    private static (double[] Gradient, double[] Curvature) Derivatives(double[][] rows, double[] signs, double[] weights, double[] theta)
    {
        double[] gradient = [.. theta];
        gradient[^1] = 0;
        double[] curvature = new double[rows.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            double miss = 1 / (1 + Math.Exp(signs[i] * Margin(rows[i], theta)));
            Accumulate(-weights[i] * signs[i] * miss, rows[i], gradient);
            curvature[i] = weights[i] * miss * (1 - miss);
        }

        return (gradient, curvature);
    }

    /// <summary><c>H d = g</c> by conjugate gradients, <c>H v = v + sum_i c_i (x_i v) x_i</c> without the penalty for b.</summary>
    private static double[] Solve(double[][] rows, double[] curvature, double[] gradient)
    {
        double[] solution = new double[gradient.Length];
        double[] residual = [.. gradient];
        double[] direction = [.. gradient];
        double norm = Dot(residual, residual);
        double limit = norm * ConjugateLimit;
        for (int k = 0; k < 2 * gradient.Length && norm > limit; k++)
        {
            double[] product = [.. direction];
            product[^1] = 0;
            for (int i = 0; i < rows.Length; i++)
            {
                Accumulate(curvature[i] * Margin(rows[i], direction), rows[i], product);
            }

            double length = norm / Dot(direction, product);
            double next = 0;
            for (int j = 0; j < solution.Length; j++)
            {
                solution[j] += length * direction[j];
                residual[j] -= length * product[j];
                next += residual[j] * residual[j];
            }

            for (int j = 0; j < direction.Length; j++)
            {
                direction[j] = residual[j] + (next / norm * direction[j]);
            }

            norm = next;
        }

        return solution;
    }

    /// <summary>Goes against the direction, half as far until the objective falls.</summary>
    private static void Descend(double[][] rows, double[] signs, double[] weights, double[] theta, double[] direction)
    {
        double before = Objective(rows, signs, weights, theta);
        double[] start = [.. theta];
        double length = 1;
        for (int halving = 0; halving < MostHalvings; halving++, length /= 2)
        {
            for (int j = 0; j < theta.Length; j++)
            {
                theta[j] = start[j] - (length * direction[j]);
            }

            if (Objective(rows, signs, weights, theta) <= before)
            {
                return;
            }
        }

        start.CopyTo(theta, 0);
    }

    private static void Accumulate(double factor, double[] x, double[] sum)
    {
        for (int k = 0; k < x.Length; k++)
        {
            sum[k] += factor * x[k];
        }

        sum[^1] += factor;
    }

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();
}
