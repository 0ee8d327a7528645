using FastAlign.Core;

namespace FastAlign.Kernels.Conformance;

/// <summary>One AdamW step over flat parameters.</summary>
internal sealed class AdamWCase : KernelCase
{
    private readonly AdamWStep _step;

    public AdamWCase(string variant, int length, AdamWStep step)
        : base("adamw", variant)
    {
        _step = step;
        var shape = new Shape(length);
        Sum("parameters", shape);
        Input("gradients", shape, 0.1);
        Sum("firstMoment", shape, scale: 0.1);
        Philox random = Stream();
        double[] squares = new double[length];
        for (int i = 0; i < length; i++)
        {
            squares[i] = (float)(1e-2 * random.Uniform((ulong)i));
        }

        Sum("secondMoment", shape, squares);
    }

    public override long ForwardFlops => 15 * Find("parameters").Shape.Length;

    public override void Forward(IOps ops, CaseTensors t) =>
        ops.AdamW(_step, t["parameters"], t["gradients"], t["firstMoment"], t["secondMoment"]);

    /// <summary>
    /// Moments: about five roundings of two terms (each decay and product, the scaled gradient, the sum; a lerp form subtracts first, which
    /// doubles the terms). Update: error of m over the denominator, and ten relative roundings; the parameter itself two.
    /// </summary>
    internal override void BoundForward(Values v, double u, Values bounds)
    {
        double[] p0 = Find("parameters").Values;
        double[] g = v["gradients"];
        double[] m0 = Find("firstMoment").Values;
        double[] v0 = Find("secondMoment").Values;
        int n = p0.Length;
        (bounds["parameters"], bounds["firstMoment"], bounds["secondMoment"]) = (new double[n], new double[n], new double[n]);
        double correction1 = 1 - Math.Pow(_step.Beta1, _step.Step);
        double correction2 = 1 - Math.Pow(_step.Beta2, _step.Step);
        for (int i = 0; i < n; i++)
        {
            double gradient = Math.Abs(g[i] * _step.GradientScale);
            double errorM = 5 * u * (Math.Abs(m0[i]) + gradient);
            double errorV = 5 * u * (v0[i] + (gradient * gradient));
            double root = Math.Sqrt(v["secondMoment"][i] / correction2);
            double rate = _step.LearningRate / correction1 / (root + _step.Epsilon);
            double relativeV = errorV / Math.Max(v["secondMoment"][i], double.Epsilon);
            double update = rate * Math.Abs(v["firstMoment"][i]);
            bounds["firstMoment"][i] = errorM;
            bounds["secondMoment"][i] = errorV + ErrorBounds.Underflow;
            bounds["parameters"][i] = (4 * u * Math.Abs(p0[i])) + (rate * errorM) + (update * (relativeV + (10 * u)));
        }
    }
}
