using FastAlign.Core;

namespace FastAlign.Kernels.Conformance;

/// <summary>How the log-prob head is called.</summary>
/// <param name="Spec">Scale, cap, temperature.</param>
/// <param name="HasBias">With bias, and its gradient.</param>
/// <param name="HasStatistics">With entropy (and its gradient), sum of squares, mean logit, arg max; else log-probs alone.</param>
/// <param name="IsFrozen">No gradient of W.</param>
internal sealed record HeadVariant(HeadSpec Spec, bool HasBias = false, bool HasStatistics = false, bool IsFrozen = false);

/// <summary>Log-probs of scored rows and their gradient.</summary>
internal sealed class HeadCase : KernelCase
{
    private readonly int _r;
    private readonly int _c;
    private readonly int _v;
    private readonly HeadVariant _variant;

    public HeadCase(string name, int rows, int width, int vocabulary, HeadVariant variant)
        : base("log_prob_head", name)
    {
        (_r, _c, _v, _variant) = (rows, width, vocabulary, variant);
        var perRow = new Shape(rows);
        Input("x", new Shape(rows, width));
        Input("w", new Shape(vocabulary, width), 2 / Math.Sqrt(width));
        if (variant.HasBias)
        {
            Input("bias", new Shape(vocabulary));
        }

        Ids("targets", rows, vocabulary);
        Output("logProb", perRow);
        Output("logZ", perRow);
        Cotangent("logProb", perRow);
        if (variant.HasStatistics)
        {
            Output("entropy", perRow);
            Output("logSumSquares", perRow);
            Output("meanLogit", perRow);
            Output("argMax", perRow, type: DType.I32);
            Cotangent("entropy", perRow);
        }

        Gradient("x", Write.Assign);
        if (!variant.IsFrozen)
        {
            Gradient("w", Write.Add);
        }

        if (variant.HasBias)
        {
            Gradient("bias", Write.Add);
        }
    }

    public override long ForwardFlops => (long)_r * _v * ((2L * _c) + 12);

    /// <summary>Recomputed logits, then a product with W and one with x.</summary>
    public override long BackwardFlops => (long)_r * _v * ((_variant.IsFrozen ? 4L : 6L) * _c);

    public override void Forward(IOps ops, CaseTensors t) => ops.LogProbHeadForward(Inputs(t), _variant.Spec, Outputs(t));

    public override void Backward(IOps ops, CaseTensors t)
    {
        var gradients = new HeadGradients(t["dLogProb"], t.Optional("dEntropy"), t["dX"], t.Optional("dW"), t.Optional("dBias"));
        ops.LogProbHeadBackward(Inputs(t), _variant.Spec, Outputs(t), gradients);
    }

    internal override void BoundForward(Values v, double u, Values bounds) =>
        new HeadBound(_r, _c, _v, _variant, v, u).Forward(bounds);

    internal override void BoundBackward(Values v, double u, Values bounds)
    {
        bounds["dX"] = new double[_r * _c];
        bounds["dW"] = _variant.IsFrozen ? [] : Array.ConvertAll(Find("dW").Values, x => (_r + 2) * u * Math.Abs(x));
        bounds["dBias"] = _variant.HasBias ? Array.ConvertAll(Find("dBias").Values, x => (_r + 2) * u * Math.Abs(x)) : [];
        new HeadBound(_r, _c, _v, _variant, v, u).Backward(bounds);
    }

    private static HeadInputs Inputs(CaseTensors t) => new(t["x"], t["w"], t.Optional("bias"), t["targets"]);

    private static HeadOutputs Outputs(CaseTensors t) => new(
        t["logProb"], t["logZ"], t.Optional("entropy"), t.Optional("logSumSquares"), t.Optional("meanLogit"), t.Optional("argMax"));
}
