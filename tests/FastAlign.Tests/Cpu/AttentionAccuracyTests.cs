using CsCheck;
using FastAlign.Core;
using FastAlign.Cpu;
using FastAlign.Kernels.Conformance;
using Xunit;

namespace FastAlign.Tests.Cpu;

/// <summary>Attention against the double-precision oracle, within the bounds of <see cref="AttentionBounds"/>.</summary>
public sealed class AttentionAccuracyTests
{
    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(63, 1, 1, 2)]
    [InlineData(64, 2, 1, 3)]
    [InlineData(65, 3, 3, 5)]
    [InlineData(130, 3, 1, 16)]
    [InlineData(130, 9, 3, 17)]
    [InlineData(65, 4, 2, 33)]
    [InlineData(64, 2, 2, 64)]
    [InlineData(63, 5, 1, 80)]
    [InlineData(3, 71, 1, 64)]
    [InlineData(66, 2, 1, 256)]
    public void Attention_OneSequence_MatchesOracle(int length, int heads, int keyHeads, int headWidth) =>
        AssertMatchesOracle(AttentionCase.Training(AttentionCase.Forest((length, -1)), heads, keyHeads, headWidth));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(100)]
    [InlineData(1000)]
    public void Attention_Window_MatchesOracle(int window) =>
        AssertMatchesOracle(Tree(7) with { Spec = new AttentionSpec(0.4f, window) });

    [Theory]
    [InlineData(0.5f, 0)]
    [InlineData(2f, 70)]
    [InlineData(50f, 0)]
    public void Attention_SoftCap_MatchesOracle(float cap, int window) =>
        AssertMatchesOracle(Tree(20) with { Spec = new AttentionSpec(0.7f, window, cap) });

    [Fact]
    public void Attention_EveryHeadWidthTo80_MatchesOracle()
    {
        for (int headWidth = 1; headWidth <= 80; headWidth++)
        {
            AssertMatchesOracle(AttentionCase.Training(AttentionCase.Forest((5, -1), (0, 0), (8, 1)), 2, 1, headWidth));
        }
    }

    [Fact]
    public void Attention_RandomForests_MatchOracle()
    {
        // Segment lengths with many empty and single-token ones, parents anywhere before the child.
        Gen<int> length = Gen.OneOf(Gen.Int[0, 3], Gen.Int[0, 90]);
        Gen<Segment[]> forest = Gen.Select(length, Gen.Int[0, 1000]).Array[1, 7].Select(parts =>
            AttentionCase.Forest([.. parts.Select((part, s) => (part.Item1, (part.Item2 % (s + 1)) - 1))])).Where(segments => segments.Any(segment => segment.Length > 0));
        Gen<AttentionCase> cases = Gen.Select(forest, Gen.Int[1, 3], Gen.Int[1, 3], Gen.Int[1, 20], Gen.Int[0, 100]).Select((segments, keyHeads, group, headWidth, window) =>
            AttentionCase.Training(segments, keyHeads * group, keyHeads, headWidth) with { Spec = new AttentionSpec(0.5f, window > 70 ? 0 : window) });

        cases.Sample(AssertMatchesOracle, iter: 25, threads: 1);
    }

    [Fact]
    public void Attention_LargeScores_StayFinite()
    {
        // Scores of several hundred: exp would overflow without the maximum. y stays within the values.
        AttentionCase problem = AttentionCase.Training(AttentionCase.Forest((130, -1)), 2, 1, 16) with { Spec = new AttentionSpec(200) };
        using var backend = new CpuBackend(1);

        AttentionResult result = problem.Run(backend);

        Assert.All(result.Y, y => Assert.InRange(y, -1.0001, 1.0001));
        Assert.All(result.Dq.Concat(result.Dk).Concat(result.Dv), g => Assert.True(double.IsFinite(g)));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(9, 0)]
    [InlineData(0, 1.5f)]
    public void AttentionBackward_FiniteDifferences_Agree(int window, float cap)
    {
        // L = sum y dy of the oracle's forward, along one direction of q, k and v; central differences err by about step^2.
        const double Step = 1e-4;
        AttentionCase problem = AttentionCase.Training(AttentionCase.Forest((6, -1), (5, 0), (4, 0)), 4, 2, 3) with { Spec = new AttentionSpec(0.8f, window, cap) };
        using var backend = new CpuBackend(2);
        using var oracle = new ReferenceBackend();
        AttentionResult result = problem.Run(backend);

        double actual = Along(0, result.Dq) + Along(1, result.Dk) + Along(2, result.Dv);

        double[] dy = AttentionSession.Slopes(problem, oracle);
        double expected = (Loss(problem with { Step = Step }, oracle, dy) - Loss(problem with { Step = -Step }, oracle, dy)) / (2 * Step);
        var bounds = new AttentionBounds(problem);
        double bound = (bounds.Dq * result.Dq.Length) + (bounds.Dk * result.Dk.Length) + (bounds.Dv * result.Dv.Length) + 1e-6;
        Assert.InRange(actual - expected, -bound, bound);
        Assert.True(Math.Abs(expected) > 20 * bound, $"{expected} says little within {bound}");
    }

    private static double Along(int role, double[] gradient)
    {
        double sum = 0;
        for (int i = 0; i < gradient.Length; i++)
        {
            sum += gradient[i] * AttentionCase.Direction(role, i);
        }

        return sum;
    }

    private static double Loss(AttentionCase problem, ReferenceBackend oracle, double[] dy)
    {
        double[] y = problem.RunForward(oracle).Y;
        double sum = 0;
        for (int i = 0; i < y.Length; i++)
        {
            sum += y[i] * dy[i];
        }

        return sum;
    }

    private static AttentionCase Tree(int headWidth) =>
        AttentionCase.Training(AttentionCase.Forest((70, -1), (61, 0), (0, 0), (65, 2), (33, -1), (3, 3)), 6, 2, headWidth);

    private static void AssertMatchesOracle(AttentionCase problem)
    {
        using var backend = new CpuBackend(2);
        using var oracle = new ReferenceBackend();
        var bounds = new AttentionBounds(problem);

        AttentionResult actual = problem.Run(backend);

        AttentionResult expected = problem.Run(oracle);
        AssertClose("y", expected.Y, actual.Y, bounds.Y);
        AssertClose("logZ", expected.LogZ, actual.LogZ, bounds.LogZ);
        AssertClose("dq", expected.Dq, actual.Dq, bounds.Dq);
        AssertClose("dk", expected.Dk, actual.Dk, bounds.Dk);
        AssertClose("dv", expected.Dv, actual.Dv, bounds.Dv);
    }

    private static void AssertClose(string name, double[] expected, double[] actual, double bound)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.True(Math.Abs(expected[i] - actual[i]) <= bound, $"{name}[{i}]: expected {expected[i]:R}, got {actual[i]:R}, bound {bound:R}");
        }
    }
}
