using FastAlign.Kernels;
using Xunit;

namespace FastAlign.Tests.Kernels;

public sealed class DualTests
{
    private static readonly Dictionary<string, (Func<Dual<ScalarDouble>, Dual<ScalarDouble>> Function, double[] Points)> Functions = new()
    {
        ["exp"] = (Dual<ScalarDouble>.Exp, [-3, 0, 1.5]),
        ["log"] = (Dual<ScalarDouble>.Log, [0.1, 1, 7]),
        ["sqrt"] = (Dual<ScalarDouble>.Sqrt, [0.3, 1, 9]),
        ["tanh"] = (Dual<ScalarDouble>.Tanh, [-2, 0, 0.7]),
        ["erf"] = (Dual<ScalarDouble>.Erf, [-1, 0, 0.4]),
        ["abs"] = (Dual<ScalarDouble>.Abs, [-2, 3]),
        ["expm1"] = (Dual<ScalarDouble>.Expm1, [-1, 0, 0.3]),
        ["log1p"] = (Dual<ScalarDouble>.Log1p, [-0.5, 0, 2]),
        ["sigmoid"] = (Dual<ScalarDouble>.Sigmoid, [-4, 0, 2]),
        ["softplus"] = (Dual<ScalarDouble>.Softplus, [-4, 0, 2]),
        ["log1mexp"] = (StableForms.Log1mExp, [-3, -0.5, -0.01]),
        ["quotient"] = (x => Dual<ScalarDouble>.Exp(x) / (x + Dual<ScalarDouble>.Constant(3)), [-1, 0, 2]),
        ["product"] = (x => (x * x) - (Dual<ScalarDouble>.Constant(2) * -x), [-1, 0, 2]),
        ["maximum"] = (x => Dual<ScalarDouble>.Max(x, Dual<ScalarDouble>.Constant(0.5)), [-1, 2]),
        ["minimum"] = (x => Dual<ScalarDouble>.Min(x * x, Dual<ScalarDouble>.Constant(0.5)), [-1, 0.3]),
    };

    public static IEnumerable<TheoryDataRow<string>> Names => Functions.Keys.Select(name => new TheoryDataRow<string>(name));

    /// <summary>
    /// Central differences of step h = 1e-5 err by h^2 |f'''| / 6, below 1e-10 x |f'''|, and by ulp(f) / h, below 1e-11 |f|; third derivatives here stay below
    /// 100 but for log1mexp at -0.01 and log at 0.1, whose f''' is 2e6 and 2e3.
    /// </summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Slope_EveryFunction_MatchesCentralDifferences(string name)
    {
        const double H = 1e-5;
        (Func<Dual<ScalarDouble>, Dual<ScalarDouble>> function, double[] points) = Functions[name];
        foreach (double x in points)
        {
            Dual<ScalarDouble> at = function(Dual<ScalarDouble>.Variable(new ScalarDouble(x)));

            double difference = (Plain(function, x + H) - Plain(function, x - H)) / (2 * H);
            double third = name == "log1mexp" ? 2e6 : 2e3;
            Assert.Equal(difference, at.Slope.Value, (H * H * third / 6) + (1e-11 * Math.Abs(at.Value.Value)) + 1e-10);
            Assert.Equal(Plain(function, x), at.Value.Value);
        }
    }

    [Theory]
    [InlineData(-700)]
    [InlineData(-40)]
    [InlineData(40)]
    [InlineData(700)]
    public void Slope_LogisticFamilyAtItsEnds_KeepsRelativePrecision(double x)
    {
        Dual<ScalarDouble> at = Dual<ScalarDouble>.Variable(new ScalarDouble(x));

        double s = 1 / (1 + Math.Exp(-x));
        double slope = Math.Exp(-Math.Abs(x)) / Math.Pow(1 + Math.Exp(-Math.Abs(x)), 2);
        Assert.Equal(slope, Dual<ScalarDouble>.Sigmoid(at).Slope.Value, 4e-16 * slope);
        Assert.Equal(s, Dual<ScalarDouble>.Softplus(at).Slope.Value, 4e-16 * s);
    }

    [Theory]
    [InlineData(1e-300)]
    [InlineData(1e-10)]
    [InlineData(-1e-10)]
    public void Slope_NearZero_IsFreeOfTheNoiseOfCompensatedForms(double x)
    {
        Dual<ScalarDouble> at = Dual<ScalarDouble>.Variable(new ScalarDouble(x));

        Assert.Equal(1 / (1 + x), Dual<ScalarDouble>.Log1p(at).Slope.Value, 3e-16);
        Assert.Equal(Math.Exp(x), Dual<ScalarDouble>.Expm1(at).Slope.Value, 3e-16);
    }

    [Fact]
    public void Detach_AnyFunction_KeepsTheValueAndDropsTheSlope()
    {
        Dual<ScalarDouble> x = Dual<ScalarDouble>.Variable(new ScalarDouble(2));

        Dual<ScalarDouble> product = x * Dual<ScalarDouble>.Detach(x);

        Assert.Equal(4, product.Value.Value);
        Assert.Equal(2, product.Slope.Value);
    }

    [Fact]
    public void IfLess_InfiniteSlopeInTheOtherBranch_DoesNotLeak()
    {
        Dual<ScalarDouble> zero = Dual<ScalarDouble>.Variable(new ScalarDouble(0));

        Dual<ScalarDouble> chosen = Dual<ScalarDouble>.IfLess(zero, Dual<ScalarDouble>.Constant(1), zero, Dual<ScalarDouble>.Sqrt(zero) * Dual<ScalarDouble>.Log(zero));

        Assert.Equal(1, chosen.Slope.Value);
    }

    [Fact]
    public void Abs_AtZero_HasNoSlope() => Assert.Equal(0, Dual<ScalarDouble>.Abs(Dual<ScalarDouble>.Variable(new ScalarDouble(0))).Slope.Value);

    private static double Plain(Func<Dual<ScalarDouble>, Dual<ScalarDouble>> function, double x) => function(Dual<ScalarDouble>.Constant(x)).Value.Value;
}
