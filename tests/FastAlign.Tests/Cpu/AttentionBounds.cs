using FastAlign.Kernels.Conformance;

namespace FastAlign.Tests.Cpu;

/// <summary>
/// Worst-case rounding errors of attention in F32 for q, k, v, dy in [-1, 1] (u = 2^-24, T keys, D head width, scale s):
/// <code>
/// score   e_s  = (D + 2) u D s            chain of D products, scaling of q    (+ soft cap: 8 u cap)
/// p       e_p  = 2 e_s + (2 T + 16) u     relative; numerator and normaliser, exp 2 ulp, chain of T additions
/// y       e_p + T u                       |v| is at most 1, sum of p is 1
/// logZ    e_s + (T + 8) u + 8 u |logZ|
/// ds      p e_d, e_d = 2 D e_p + D (y's error) + 2 (D + 2) D u           |dp|, |delta| are at most D
/// dq      s (e_d + 2 D T u)               sum over keys of p is 1
/// dk      s (e_d + 2 D n u) c, dv (e_p + n u) c: n queries, c the largest sum of p over the queries of a key, read from the oracle
/// </code>
/// </summary>
internal sealed class AttentionBounds
{
    private const double U = 1.0 / (1 << 24);

    public AttentionBounds(AttentionCase problem)
    {
        double t = problem.LongestPath(), d = problem.HeadWidth, scale = problem.Spec.Scale, n = problem.Queries.Length * problem.Heads / problem.KeyHeads;
        double score = ((d + 2) * U * d * scale) + (8 * U * problem.Spec.SoftCap);
        double p = (2 * score) + (((2 * t) + 16) * U);
        Y = p + (t * U);
        LogZ = score + ((t + 8) * U) + (8 * U * ((d * scale) + Math.Log(t + 1)));
        double ds = (2 * d * p) + (d * Y) + (2 * (d + 2) * d * U);
        Dq = scale * (ds + (2 * d * t * U));
        double column = LargestColumn(problem);
        Dk = scale * (ds + (2 * d * n * U)) * column;
        Dv = (p + (n * U)) * column;
    }

    public double Y { get; }

    public double LogZ { get; }

    public double Dq { get; }

    public double Dk { get; }

    public double Dv { get; }

    private static double LargestColumn(AttentionCase problem)
    {
        using var oracle = new ReferenceBackend();
        return (problem with { HasUnitSlopes = true }).Run(oracle).Dv.DefaultIfEmpty().Max();
    }
}
