using FastAlign.Core;

namespace FastAlign.Kernels.Conformance;

/// <summary>How a linear case is called.</summary>
/// <param name="HasBias">With bias, and its gradient.</param>
/// <param name="HasResidual">With a residual; in place if true.</param>
/// <param name="Write">Of dx.</param>
/// <param name="Padding">Between rows of x, y, dy and dx.</param>
/// <param name="Gradients">Which products the backward call makes.</param>
internal sealed record LinearVariant(
    bool HasBias = false, bool HasResidual = false, Write Write = Write.Assign, int Padding = 0, LinearGradients Gradients = LinearGradients.Input | LinearGradients.Weight);

/// <summary>The two products of a linear layer's backward pass: to time one at a time.</summary>
[Flags]
internal enum LinearGradients
{
    None = 0,
    Input = 1,
    Weight = 2,
}

/// <summary><c>y = x wᵀ + bias + residual</c>, the input's and the weight's gradient.</summary>
internal sealed class LinearCase : KernelCase
{
    /// <summary>Up to here naive loops over the whole take no time to speak of.</summary>
    private const long SmallFlops = 50_000_000;

    private const int SampledRows = 4;

    private readonly int _n;
    private readonly int _k;
    private readonly int _o;
    private readonly LinearVariant _variant;

    public LinearCase(string name, int n, int k, int o, LinearVariant variant)
        : base("linear", name)
    {
        (_n, _k, _o, _variant) = (n, k, o, variant);
        Input("x", new Shape(n, k), padding: variant.Padding);
        Input("w", new Shape(o, k));
        if (variant.HasBias)
        {
            Input("bias", new Shape(o));
        }

        if (variant.HasResidual)
        {
            Input("residual", new Shape(n, o));
        }

        Output("y", new Shape(n, o), variant.HasResidual ? 0 : variant.Padding);
        Cotangent("y", new Shape(n, o), variant.Padding);
        if (Has(LinearGradients.Input))
        {
            Gradient("x", variant.Write, variant.Padding);
        }

        if (Has(LinearGradients.Weight))
        {
            Gradient("w", Write.Add);
        }

        if (variant.HasBias && Has(LinearGradients.Weight))
        {
            Gradient("bias", Write.Add);
        }
    }

    public override long ForwardFlops => 2L * _n * _k * _o;

    public override long BackwardFlops => ((Has(LinearGradients.Input) ? 2L : 0) + (Has(LinearGradients.Weight) ? 2L : 0)) * _n * _k * _o;

    public override void Forward(IOps ops, CaseTensors t)
    {
        Tensor residual = Tensor.None;
        if (_variant.HasResidual)
        {
            // The residual stream is updated in place, as in a block.
            residual = t["y"];
            ops.Copy(t["residual"], residual);
        }

        ops.LinearForward(t["x"], t["w"], t.Optional("bias"), residual, t["y"]);
    }

    public override void Backward(IOps ops, CaseTensors t)
    {
        if (Has(LinearGradients.Input))
        {
            ops.LinearBackwardInput(t["dY"], t["w"], _variant.Write, t["dX"]);
        }

        if (Has(LinearGradients.Weight))
        {
            ops.LinearBackwardWeight(t["x"], t["dY"], t["dW"], t.Optional("dBias"));
        }
    }

    /// <summary>A few rows of y and dx are products with all of w; a few rows of dw with all of x.</summary>
    internal override IEnumerable<CasePart> Parts()
    {
        if (ForwardFlops <= SmallFlops)
        {
            yield break;
        }

        int[] rows = CasePart.Spread(_n, SampledRows);
        KernelCase Sampled(LinearGradients gradients) => new LinearCase($"{rows.Length}-rows", rows.Length, _k, _o, _variant with { Gradients = gradients });
        yield return new CasePart(Sampled(LinearGradients.None), CasePhase.Forward, "y").Rows(rows, "x", "residual", "y", "dY");
        if (Has(LinearGradients.Input))
        {
            yield return new CasePart(Sampled(LinearGradients.Input), CasePhase.Backward, "dX").Rows(rows, "x", "residual", "y", "dY", "dX");
        }

        if (Has(LinearGradients.Weight))
        {
            int[] outputs = CasePart.Spread(_o, SampledRows);
            var part = new LinearCase($"{outputs.Length}-outputs", _n, _k, outputs.Length, _variant with { Gradients = LinearGradients.Weight });
            string[] compared = _variant.HasBias ? ["dW", "dBias"] : ["dW"];
            yield return new CasePart(part, CasePhase.Backward, compared).Rows(outputs, "w", "bias", "dW", "dBias").Columns(outputs, "residual", "y", "dY");
        }
    }

    /// <summary>K fused roundings, then bias and residual; one more where products are rounded first.</summary>
    internal override void BoundForward(Values v, double u, Values bounds) => ErrorBounds.OfSums(this, CasePhase.Forward, v, _k + 3, u, bounds);

    /// <summary>A chain over O and one over N, each onto the value already there.</summary>
    internal override void BoundBackward(Values v, double u, Values bounds) =>
        ErrorBounds.OfSums(this, CasePhase.Backward, v, Math.Max(_n, _o) + 2, u, bounds);

    protected override long Touched(CasePhase phase, Operand operand)
    {
        bool isTouched = phase == CasePhase.Forward || operand.Name switch
        {
            "w" => Has(LinearGradients.Input),
            "x" => Has(LinearGradients.Weight),
            "bias" or "residual" or "y" => false,
            _ => true,
        };
        return isTouched ? base.Touched(phase, operand) : 0;
    }

    private bool Has(LinearGradients gradient) => (_variant.Gradients & gradient) != 0;
}
