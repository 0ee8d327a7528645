using System.Text.Json;
using FastAlign.Alignment;

namespace FastAlign.Tests.Evaluation;

/// <summary>Calibration and correlations against scikit-learn, torchmetrics and scipy.</summary>
public sealed class CalibrationTests
{
    public static TheoryData<string> BinnedCases() => Names("calibration.json", "binary_calibration");

    public static TheoryData<string> MarginCases() => Names("calibration.json", "pair_margins");

    public static TheoryData<string> CorrelationCases() => Names("ranking.json", "rank_correlation");

    [Theory(SkipTestWithoutData = true), MemberData(nameof(BinnedCases)), Trait("Category", Goldens.Category)]
    public void ExpectedError_EqualWidthBins_MatchesTorchmetrics(string name)
    {
        JsonElement golden = Case("calibration.json", name);
        double[] p = golden.GetProperty("inputs").GetProperty("p").Numbers();
        double[] y = golden.GetProperty("inputs").GetProperty("y").Numbers();

        foreach (JsonElement binned in golden.GetProperty("expected").GetProperty("binned").EnumerateArray().Where(b => b.GetProperty("scheme").GetString() == "equal_width_left_closed"))
        {
            Assert.Equal(binned.GetProperty("ece").Number(), Calibration.ExpectedError(p, y, binned.GetProperty("n_bins").GetInt32()), 1e-12);
        }
    }

    /// <remarks>
    /// torchmetrics keeps confidences and accuracies of this form in float32: their means are off by up to 2^-24 each, so the weighted sum of their differences
    /// by up to 2^-23.
    /// </remarks>
    [Theory(SkipTestWithoutData = true), MemberData(nameof(MarginCases)), Trait("Category", Goldens.Category)]
    public void PairError_Margins_MatchesTheConfidenceForm(string name)
    {
        JsonElement golden = Case("calibration.json", name);
        double[] margins = golden.GetProperty("inputs").GetProperty("margin").Numbers();

        foreach (JsonElement expected in golden.GetProperty("expected").GetProperty("confidence_ece").EnumerateArray())
        {
            Assert.Equal(expected.GetProperty("ece").Number(), Calibration.PairError(margins, expected.GetProperty("n_bins").GetInt32()), 1.0 / (1 << 23));
        }
    }

    [Theory(SkipTestWithoutData = true), MemberData(nameof(CorrelationCases)), Trait("Category", Goldens.Category)]
    public void Correlation_Case_MatchesScipy(string name)
    {
        JsonElement golden = Case("ranking.json", name);
        double[] x = golden.GetProperty("inputs").GetProperty("x").Numbers();
        double[] y = golden.GetProperty("inputs").GetProperty("y").Numbers();

        Assert.Equal(golden.GetProperty("expected").GetProperty("pearson").Number(), Correlation.Pearson(x, y), 1e-12);
        Assert.Equal(golden.GetProperty("expected").GetProperty("spearman").Number(), Correlation.Spearman(x, y), 1e-12);
    }

    [Fact]
    public void PairError_SidesSwapped_CountsTheOtherSideAsRight()
    {
        // Confidence sigmoid(2) in one bin, right in 3 of 4.
        double confidence = 1 / (1 + Math.Exp(-2));

        Assert.Equal(confidence - 0.75, Calibration.PairError([2, 2, 2, -2]), 1e-15);
        Assert.Equal(confidence - 0.25, Calibration.PairError([-2, -2, -2, 2]), 1e-15);
    }

    [Fact]
    public void Spearman_MonotoneButNotLinear_IsOne()
    {
        Assert.Equal(1, Correlation.Spearman([1, 2, 3, 4], [1, 10, 100, 1000]), 1e-15);
        Assert.Equal(double.NaN, Correlation.Pearson([1, 1, 1], [1, 2, 3]));
    }

    [Fact]
    public void Bootstrap_Mean_EqualsTheBootstrapOfTheMean()
    {
        double[] values = [1, 5, 2, 8, 3, 3, 9, 4];

        Estimate any = Intervals.Bootstrap(values.Length, drawn => drawn.Average(i => values[i]), 7);

        Estimate mean = Intervals.Mean(values, 7);
        Assert.Equal(mean.Mean, any.Mean, 1e-14);
        Assert.Equal(mean.Low, any.Low, 1e-14);
        Assert.Equal(mean.High, any.High, 1e-14);
    }

    private static TheoryData<string> Names(string file, string metric) => File.Exists(Goldens.Path("metrics", file))
        ? [.. GoldenJson.Load("metrics", file).GetProperty("cases").EnumerateArray().Where(c => c.GetProperty("metric").GetString() == metric).Select(c => c.GetProperty("name").GetString()!)]
        : [];

    private static JsonElement Case(string file, string name) => GoldenJson.Load("metrics", file).GetProperty("cases").Named(name);
}
