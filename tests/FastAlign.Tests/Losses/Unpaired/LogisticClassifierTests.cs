using FastAlign.Alignment;
using FastAlign.Core;
using Xunit;

namespace FastAlign.Tests.Losses;

public sealed class LogisticClassifierTests
{
    [Theory]
    [InlineData(40, 3, 15)]
    [InlineData(30, 50, 8)]
    public void Fit_RandomRows_GradientOfTheObjectiveIsZero(int count, int width, int positives)
    {
        var random = new Philox(3, RandomPurpose.Test, 0);
        double[][] rows = [.. Enumerable.Range(0, count).Select(i => Enumerable.Range(0, width).Select(k => random.Normal((ulong)((i * width) + k)) + (i < positives ? 0.5 : 0)).ToArray())];
        bool[] labels = [.. rows.Select((_, i) => i < positives)];

        var classifier = LogisticClassifier.Fit(rows, labels);

        // The condition of the minimum, from the definition: w_k = sum_i s_i (t_i - p_i) x_ik on standardised x, and 0 for the intercept.
        double[] theta = classifier.Parameters.ToArray();
        double[] residuals = [.. rows.Select((row, i) => ((labels[i] ? 1 : 0) - classifier.Probability(row)) * count / (2.0 * (labels[i] ? positives : count - positives)))];
        for (int k = 0; k < width; k++)
        {
            double mean = rows.Average(row => row[k]);
            double deviation = Math.Sqrt(rows.Average(row => (row[k] - mean) * (row[k] - mean)));
            Assert.Equal(theta[k], rows.Select((row, i) => residuals[i] * (row[k] - mean) / deviation).Sum(), 1e-8 * count);
        }

        Assert.Equal(0, residuals.Sum(), 1e-8 * count);
    }

    [Fact]
    public void Probability_FeaturesThatSayNothing_IsOneHalfWhateverTheCounts()
    {
        var classifier = LogisticClassifier.Fit([[1, 2], [1, 2], [1, 2]], [true, false, false]);

        Assert.Equal(0.5, classifier.Probability([1, 2]), 1e-9);
    }

    [Fact]
    public void Fit_OneClass_IsRefused() => Assert.Throws<ArgumentException>(() => LogisticClassifier.Fit([[1], [2]], [true, true]));
}
