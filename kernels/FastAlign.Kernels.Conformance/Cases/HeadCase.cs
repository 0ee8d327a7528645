using FastAlign.Core;

namespace FastAlign.Kernels.Conformance;

/// <summary>How the log-prob head is called.</summary>
/// <param name="Spec">Scale, cap, temperature.</param>
/// <param name="HasBias">With bias, and its gradient.</param>
/// <param name="HasStatistics">With entropy (and its gradient), sum of squares, mean logit, arg max; else log-probs alone.</param>
/// <param name="IsFrozen">No gradient of W.</param>
/// <param name="KeepsSlope">Forward keeps the slope of the log-prob, so backward reads nothing else; frozen, and no gradients of bias and entropy.</param>
internal sealed record HeadVariant(HeadSpec Spec, bool HasBias = false, bool HasStatistics = false, bool IsFrozen = false, bool KeepsSlope = false);

/// <summary>Log-probs of scored rows and their gradient.</summary>
internal sealed class HeadCase : KernelCase
{
    /// <summary>Up to here naive loops over the whole take no time to speak of.</summary>
    private const long SmallFlops = 50_000_000;

    private const int SampledRows = 2;
    private const int SampledEntries = 7;

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
            if (!variant.KeepsSlope)
            {
                Cotangent("entropy", perRow);
            }
        }

        if (variant.KeepsSlope)
        {
            Output("slope", new Shape(rows, width));
        }

        Gradient("x", Write.Assign);
        if (!variant.IsFrozen)
        {
            Gradient("w", Write.Add);
        }

        if (variant.HasBias && !variant.KeepsSlope)
        {
            Gradient("bias", Write.Add);
        }
    }

    /// <summary>Logits, and with slopes their product with W.</summary>
    public override long ForwardFlops => (long)_r * _v * (((_variant.KeepsSlope ? 4L : 2L) * _c) + 12);

    /// <summary>Recomputed logits, then a product with W and one with x; with slopes nothing of it.</summary>
    public override long BackwardFlops => _variant.KeepsSlope ? (long)_r * _c : (long)_r * _v * ((_variant.IsFrozen ? 4L : 6L) * _c);

    public override void Forward(IOps ops, CaseTensors t) => ops.LogProbHeadForward(Inputs(t), _variant.Spec, Outputs(t));

    public override void Backward(IOps ops, CaseTensors t)
    {
        var gradients = new HeadGradients(t["dLogProb"], t.Optional("dEntropy"), t["dX"], t.Optional("dW"), t.Optional("dBias"));
        ops.LogProbHeadBackward(Inputs(t), _variant.Spec, Outputs(t), gradients);
    }

    /// <summary>
    /// A row's results need all of W but no other row. A row of dW needs all rows of x, and of the vocabulary, given logZ, nothing but that row's own logit;
    /// targets are renumbered, those outside the sample to no entry at all.
    /// </summary>
    internal override IEnumerable<CasePart> Parts()
    {
        if (ForwardFlops <= SmallFlops)
        {
            yield break;
        }

        int[] rows = CasePart.Spread(_r, SampledRows);
        string[] results = _variant.KeepsSlope ? ["logProb", "logZ", "slope"] : ["logProb", "logZ"];
        foreach ((CasePhase phase, string[] compared) in ((CasePhase, string[])[])[(CasePhase.Forward, results), (CasePhase.Backward, ["dX"])])
        {
            var part = new HeadCase($"{rows.Length}-rows", rows.Length, _c, _v, _variant with { IsFrozen = true });
            yield return new CasePart(part, phase, compared)
                .Rows(rows, "x", "targets", "logProb", "logZ", "entropy", "logSumSquares", "meanLogit", "argMax", "slope", "dLogProb", "dEntropy", "dX");
        }

        if (!_variant.IsFrozen)
        {
            // The first row's target is among them, so that both terms of a gradient are seen.
            int[] entries = [.. CasePart.Spread(_v, SampledEntries).Append((int)Find("targets").Values[0]).Distinct().Order()];
            var part = new HeadCase($"{entries.Length}-entries", _r, _c, entries.Length, _variant);
            yield return new CasePart(part, CasePhase.Backward, "dW")
                .Rows(entries, "w", "bias", "dW", "dBias").Map("targets", target => Array.IndexOf(entries, (int)target));
        }
    }

    internal override void BoundForward(Values v, double u, Values bounds) =>
        new HeadBound(_r, _c, _v, _variant, v, u).Forward(bounds);

    internal override void BoundBackward(Values v, double u, Values bounds)
    {
        bounds["dX"] = new double[_r * _c];
        bounds["dW"] = _variant.IsFrozen ? [] : Array.ConvertAll(Find("dW").Values, x => (_r + 2) * u * Math.Abs(x));
        bounds["dBias"] = _variant.HasBias && !_variant.KeepsSlope ? Array.ConvertAll(Find("dBias").Values, x => (_r + 2) * u * Math.Abs(x)) : [];
        new HeadBound(_r, _c, _v, _variant, v, u).Backward(bounds);
    }

    private static HeadInputs Inputs(CaseTensors t) => new(t["x"], t["w"], t.Optional("bias"), t["targets"]);

    private static HeadOutputs Outputs(CaseTensors t) => new(
        t["logProb"], t["logZ"], t.Optional("entropy"), t.Optional("logSumSquares"), t.Optional("meanLogit"), t.Optional("argMax"))
    {
        Slope = t.Optional("slope"),
    };
}
