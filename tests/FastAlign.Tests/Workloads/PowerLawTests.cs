using FastAlign.Workloads;

namespace FastAlign.Tests.Workloads;

public sealed class PowerLawTests
{
    [Fact]
    public void Fit_ExactPowers_FindsThem()
    {
        var law = PowerLaw.Fit([.. new[] { 1.0, 2, 4, 7, 100 }.Select(static x => (x, 3 * Math.Pow(x, 1.7)))]);

        // Logarithms of 4 ulp, sums of five.
        Assert.Equal(3, law.Factor, 1e-12);
        Assert.Equal(1.7, law.Exponent, 1e-13);
        Assert.InRange(law.Residual, 0, 1e-13);
    }

    /// <summary>y alternates around x^1 by a factor of 1.1 up and down, symmetrically in ln x, so the fit is the line and every deviation is ln 1.1.</summary>
    [Fact]
    public void Fit_AlternatingDeviations_GivesThemAsResidual()
    {
        var law = PowerLaw.Fit([(1, 1.1), (2, 2 / 1.1), (4, 4 / 1.1), (8, 8 * 1.1)]);

        Assert.Equal(1, law.Exponent, 1e-12);
        Assert.Equal(0.1, law.Residual, 1e-12);
    }

    [Fact]
    public void Fit_NothingToFit_Throws()
    {
        Assert.Throws<ArgumentException>(static () => PowerLaw.Fit([(2, 1), (2, 3)]));
        Assert.Throws<ArgumentException>(static () => PowerLaw.Fit([(1, 1), (2, 0)]));
    }
}
