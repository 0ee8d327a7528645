using System.Runtime.Intrinsics;
using FastAlign.Kernels;
using FastAlign.Kernels.Conformance;
using Xunit;

namespace FastAlign.Tests.Losses;

/// <summary>
/// Formulas of policies, divergences and scores in float, as devices and vectors run them, against double: value and slope within the bound that
/// <see cref="BoundedLane"/> derives for the very operations of the formula.
/// </summary>
public sealed class FormulaLaneTests
{
    private static readonly float[] Arguments = [-12.5f, -3.25f, -0.75f, -0.125f, -0.0013f, 0, 0.0013f, 0.0625f, 0.5f, 2.75f, 9.5f];
    private static readonly float[] Advantages = [-1.5f, -0.25f, 0, 0.75f, 2];

    public static TheoryData<string> Names => [.. FormulaProbe.All.Select(probe => probe.ToString())];

    [Theory]
    [MemberData(nameof(Names))]
    public void Formula_Float_IsWithinTheDerivedBound(string name)
    {
        FormulaProbe probe = FormulaProbe.All.Single(one => one.ToString() == name);
        double largest = 0;
        foreach (float x in Arguments)
        {
            foreach (float a in Advantages)
            {
                Dual<BoundedLane> expected = probe.Of(new BoundedLane(x, 0), new BoundedLane(a, 0));
                Dual<ScalarFloat> scalar = probe.Of(new ScalarFloat(x), new ScalarFloat(a));
                Dual<Vector512Lane> vector = probe.Of(new Vector512Lane(Vector512.Create(x)), new Vector512Lane(Vector512.Create(a)));

                string at = $"x = {x}, a = {a}";
                Close(expected.Value, scalar.Value.Value, at);
                Close(expected.Slope, scalar.Slope.Value, at);
                Close(expected.Value, vector.Value.Value[5], at);
                Close(expected.Slope, vector.Slope.Value[5], at);
                largest = Math.Max(largest, expected.Value.Error / Math.Max(1, Math.Abs(expected.Value.Value)));
            }
        }

        // A bound that says nothing would let everything pass: at these arguments all stay below 2^9 roundings of 2^-24.
        Assert.InRange(largest, 0, 512.0 / (1 << 24));
    }

    private static void Close(BoundedLane expected, double found, string at) => Assert.True(
        expected.Value.Equals(found) || Math.Abs(expected.Value - found) <= expected.Error, $"{at}: expected {expected.Value:R}, found {found:R}, bound {expected.Error:E1}");
}
