using FastAlign.Alignment;
using FastAlign.Kernels;
using Xunit;

namespace FastAlign.Tests.Losses;

/// <summary>Losses with a parameter become others where it goes to the end of its range.</summary>
public sealed class LimitTests
{
    private const double Near = 1e-6;

    private static readonly double[] Student = [0.5, 0.3, 0.2];
    private static readonly double[] Teacher = [0.2, 0.2, 0.6];

    /// <summary><c>JSD / beta -> KL(teacher, student)</c> as beta goes to 0: the difference is chi^2(teacher, student) beta / 2, here 0.51 beta.</summary>
    [Fact]
    public void JensenShannon_BetaNearZero_NearsTheForwardKl() => Assert.Equal(Total(default(ForwardKl<ScalarDouble>)), Total(new JensenShannon<ScalarDouble>(Near)) / Near, Near);

    /// <summary><c>JSD / (1 - beta) -> KL(student, teacher)</c> as beta goes to 1: the difference is chi^2(student, teacher) (1 - beta) / 2, here 0.38 (1 - beta).</summary>
    [Fact]
    public void JensenShannon_BetaNearOne_NearsTheReverseKl() => Assert.Equal(Total(default(ReverseKl<ScalarDouble>)), Total(new JensenShannon<ScalarDouble>(1 - Near)) / Near, Near);

    /// <summary>dL/de is at most twice |x| + 2 (|L| + ln 2) where e is 0, and |x| is below 1 here.</summary>
    [Theory]
    [InlineData("robust", Dialect.Trl)]
    [InlineData("aot", Dialect.Trl)]
    [InlineData("sigmoid", Dialect.Original)]
    public void LabelSmoothing_NearZero_NearsTheHardLoss(string name, Dialect dialect)
    {
        PairBatch batch = PairCases.Batch("dpo/aot", 4, 0.5);
        double Of(double smoothing) => batch.Evaluate(PairLosses.Dpo(new DpoOptions { LossTypes = [name], LabelSmoothing = smoothing, Dialect = dialect })).Loss;

        Assert.Equal(Of(0), Of(Near), 6 * Near);
        Assert.NotEqual(Of(0), Of(Near));
        if (name != "aot")
        {
            Assert.Equal(batch.Evaluate(PairLosses.Dpo(new DpoOptions())).Loss, Of(0));
        }
    }

    private static double Total<TFormula>(TFormula formula)
        where TFormula : struct, IDivergenceFormula<ScalarDouble> =>
        Student.Zip(Teacher).Sum(pair => formula.Term(new ScalarDouble(Math.Log(pair.First)), new ScalarDouble(Math.Log(pair.Second))).Value.Value);
}
