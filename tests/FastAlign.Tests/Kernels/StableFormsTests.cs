using FastAlign.Kernels;
using Xunit;

namespace FastAlign.Tests.Kernels;

/// <summary>The double lane against values of 40-digit arithmetic (mpmath).</summary>
public sealed class StableFormsTests
{
    // Each form is a handful of correctly rounded steps around exp and log of 1 ulp: 8 ulp of a double.
    private const double Tolerance = 8 * 2.220446049250313e-16;

    [Theory]
    [InlineData(1e-300, 1.1283791670955126e-300)]
    [InlineData(1e-10, 1.1283791670955126e-10)]
    [InlineData(-0.25, -0.27632639016823696)]
    [InlineData(0.5, 0.5204998778130465)]
    [InlineData(1.0, 0.8427007929497149)]
    [InlineData(1.9999, 0.9953201979070294)]
    [InlineData(2.0, 0.9953222650189527)]
    [InlineData(-2.5, -0.999593047982555)]
    [InlineData(3.0, 0.9999779095030014)]
    [InlineData(4.0, 0.9999999845827421)]
    [InlineData(5.5, 0.9999999999999927)]
    [InlineData(7.0, 1.0)]
    public void Erf_Double_MatchesTable(double x, double expected) => AssertClose(expected, ScalarDouble.Erf(new ScalarDouble(x)).Value);

    [Theory]
    [InlineData(1e-300, 1e-300)]
    [InlineData(-1e-17, -1e-17)]
    [InlineData(1e-08, 1.0000000050000001e-08)]
    [InlineData(-0.3, -0.2591817793182821)]
    [InlineData(0.999, 1.7155649053185666)]
    [InlineData(1.001, 1.7210014698815785)]
    [InlineData(-1.5, -0.7768698398515702)]
    [InlineData(20.0, 485165194.4097903)]
    [InlineData(-40.0, -1.0)]
    [InlineData(700.0, 1.0142320547350045e+304)]
    public void Expm1_Double_MatchesTable(double x, double expected) => AssertClose(expected, StableForms.Expm1(new ScalarDouble(x)).Value);

    [Theory]
    [InlineData(1e-300, 1e-300)]
    [InlineData(-1e-17, -1e-17)]
    [InlineData(1e-08, 9.999999950000001e-09)]
    [InlineData(-0.3, -0.35667494393873234)]
    [InlineData(0.7, 0.5306282510621704)]
    [InlineData(-0.999999, -13.815510557935518)]
    [InlineData(3.0, 1.3862943611198906)]
    [InlineData(1e+17, 39.14394658089878)]
    [InlineData(1e+300, 690.7755278982137)]
    public void Log1p_Double_MatchesTable(double x, double expected) => AssertClose(expected, StableForms.Log1p(new ScalarDouble(x)).Value);

    [Theory]
    [InlineData(0.0, 0.5)]
    [InlineData(1.0, 0.7310585786300049)]
    [InlineData(-1.0, 0.2689414213699951)]
    [InlineData(30.0, 0.9999999999999064)]
    [InlineData(-30.0, 9.357622968839299e-14)]
    [InlineData(-700.0, 9.85967654375977e-305)]
    [InlineData(800.0, 1.0)]
    public void Sigmoid_Double_MatchesTable(double x, double expected) => AssertClose(expected, StableForms.Sigmoid(new ScalarDouble(x)).Value);

    [Theory]
    [InlineData(0.0, -0.6931471805599453)]
    [InlineData(0.5, -0.4740769841801067)]
    [InlineData(-0.5, -0.9740769841801067)]
    [InlineData(30.0, -9.357622968839737e-14)]
    [InlineData(-30.0, -30.000000000000092)]
    [InlineData(700.0, -9.85967654375977e-305)]
    [InlineData(-1e+300, -1e+300)]
    public void LogSigmoid_Double_MatchesTable(double x, double expected)
    {
        AssertClose(expected, StableForms.LogSigmoid(new ScalarDouble(x)).Value);
        AssertClose(-expected, StableForms.Softplus(new ScalarDouble(-x)).Value);
    }

    [Theory]
    [InlineData(-1e-300, -690.7755278982137)]
    [InlineData(-1e-10, -23.025850929990458)]
    [InlineData(-0.5, -0.9327521295671886)]
    [InlineData(-0.6931, -0.6931943633460008)]
    [InlineData(-0.6932, -0.6930943639096365)]
    [InlineData(-2.0, -0.14541345786885906)]
    [InlineData(-40.0, -4.248354255291589e-18)]
    [InlineData(-700.0, -9.859676543759770e-305)]
    public void Log1mExp_Double_MatchesTable(double x, double expected) => AssertClose(expected, StableForms.Log1mExp(new ScalarDouble(x)).Value);

    [Fact]
    public void AllForms_AtInfinityAndNaN_TakeTheirLimits()
    {
        ScalarDouble plus = new(double.PositiveInfinity);
        ScalarDouble minus = new(double.NegativeInfinity);
        ScalarDouble nan = new(double.NaN);

        Assert.Equal(double.PositiveInfinity, StableForms.Expm1(plus).Value);
        Assert.Equal(-1, StableForms.Expm1(minus).Value);
        Assert.Equal(double.PositiveInfinity, StableForms.Log1p(plus).Value);
        Assert.Equal(double.NegativeInfinity, StableForms.Log1p(new ScalarDouble(-1)).Value);
        Assert.Equal(1, StableForms.Sigmoid(plus).Value);
        Assert.Equal(0, StableForms.Sigmoid(minus).Value);
        Assert.Equal(0, StableForms.LogSigmoid(plus).Value);
        Assert.Equal(double.NegativeInfinity, StableForms.LogSigmoid(minus).Value);
        Assert.Equal(double.NegativeInfinity, StableForms.Log1mExp(new ScalarDouble(0)).Value);
        Assert.Equal(0, StableForms.Log1mExp(minus).Value);
        Assert.True(double.IsNaN(StableForms.Sigmoid(nan).Value) && double.IsNaN(StableForms.Softplus(nan).Value) && double.IsNaN(StableForms.Log1p(nan).Value)
            && double.IsNaN(StableForms.Expm1(nan).Value) && double.IsNaN(ScalarDouble.Erf(nan).Value));
    }

    private static void AssertClose(double expected, double actual) =>
        Assert.True(Math.Abs(expected - actual) <= Tolerance * Math.Abs(expected), $"expected {expected:R}, got {actual:R}");
}
