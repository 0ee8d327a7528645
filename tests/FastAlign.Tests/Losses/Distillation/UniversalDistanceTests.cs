using FastAlign.Alignment;
using FastAlign.Core;
using Xunit;

namespace FastAlign.Tests.Losses;

/// <summary>The distance by hand, its derivative, and how texts are laid side by side.</summary>
public sealed class UniversalDistanceTests
{
    [Fact]
    public void Evaluate_ByRank_IsTheHandComputedSum()
    {
        var distance = new UniversalDistance(3, 4, [], new UniversalOptions(), 0.5);
        double[] slopes = new double[3];

        // Ranks 0.6 0.3 0.1 against 0.4 0.4 0.2 0: 0.2 + 0.1 + 0.1 + 0.
        UniversalValue value = distance.Evaluate([0.3, 0.1, 0.6], [0.2, 0, 0.4, 0.4], slopes);

        Assert.Equal(0.4, value.Value, 1e-15);
        Assert.Equal([-1, -1, 1], slopes);
    }

    [Fact]
    public void Evaluate_Hybrid_TakesCommonTokensByThemselves()
    {
        var options = new UniversalOptions { IsHybrid = true, MatchedWeight = 0.25, UnmatchedWeight = 0.75 };
        var distance = new UniversalDistance(3, 3, [(0, 2)], options, 0);

        UniversalValue value = distance.Evaluate([0.5, 0.4, 0.1], [0.25, 0.5, 0.25], new double[3]);

        double matched = 0.25 * Math.Log(0.25 / 0.5);
        Assert.Equal(matched, value.Matched, 1e-15);
        Assert.Equal(0.1 + 0.15, value.Unmatched, 1e-15);
        Assert.Equal((0.25 * matched) + (0.75 * 0.25), value.Value, 1e-15);
    }

    [Theory]
    [InlineData(0.0, false)]
    [InlineData(0.3, true)]
    [InlineData(1.0, true)]
    public void Evaluate_Slopes_AreTheDerivatives(double beta, bool isHybrid)
    {
        const double H = 1e-7;
        double[] student = [0.32, 0.05, 0.4, 0.11, 0.12];
        double[] teacher = [0.2, 0.35, 0.15, 0.07, 0.03, 0.2];
        var distance = new UniversalDistance(5, 6, [(1, 4), (2, 0)], new UniversalOptions { IsHybrid = isHybrid }, beta);
        double[] slopes = new double[5];
        distance.Evaluate(student, teacher, slopes);

        for (int v = 0; v < student.Length; v++)
        {
            double at = student[v];
            student[v] = at + H;
            double above = distance.Evaluate(student, teacher, []).Value;
            student[v] = at - H;
            double below = distance.Evaluate(student, teacher, []).Value;
            student[v] = at;

            // No two masses are closer than 2 H, so no rank changes; rounding 1e-16 / H, truncation H^2 times third derivatives below 1e4.
            Assert.Equal((above - below) / (2 * H), slopes[v], 1e-8);
        }
    }

    [Fact]
    public void ByText_OneSideRunsOut_LeavesNoEmptyStretch()
    {
        Assert.Equal([new TokenGroup(0, 2, 0, 1)], TokenAlignment.ByText([1, 2, 2], [2]));
        Assert.Empty(TokenAlignment.ByText([], [3]));
    }

    [Theory]
    [InlineData("uld_student_temperature")]
    [InlineData("uld_crossentropy_weight")]
    [InlineData("uld_hybrid_matched_weight")]
    public void Validate_BadOption_IsNamed(string option)
    {
        UniversalOptions bad = option switch
        {
            "uld_student_temperature" => new() { StudentTemperature = 0 },
            "uld_crossentropy_weight" => new() { CrossEntropyWeight = -1 },
            _ => new() { MatchedWeight = 0.5 },
        };

        Assert.Contains(option, Assert.Throws<InputException>(bad.Validate).Message, StringComparison.Ordinal);
    }
}
