using FastAlign.Core;

namespace FastAlign.Kernels.Conformance;

/// <summary>How a linear case is called.</summary>
/// <param name="HasBias">With bias, and its gradient.</param>
/// <param name="HasResidual">With a residual; in place if true.</param>
/// <param name="Write">Of dx.</param>
/// <param name="Padding">Between rows of x, y, dy and dx.</param>
internal sealed record LinearVariant(bool HasBias = false, bool HasResidual = false, Write Write = Write.Assign, int Padding = 0);

/// <summary><c>y = x wᵀ + bias + residual</c>, the input's and the weight's gradient.</summary>
internal sealed class LinearCase : KernelCase
{
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
        Gradient("x", variant.Write, variant.Padding);
        Gradient("w", Write.Add);
        if (variant.HasBias)
        {
            Gradient("bias", Write.Add);
        }
    }

    public override long ForwardFlops => 2L * _n * _k * _o;

    public override long BackwardFlops => 4L * _n * _k * _o;

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
        ops.LinearBackwardInput(t["dY"], t["w"], _variant.Write, t["dX"]);
        ops.LinearBackwardWeight(t["x"], t["dY"], t["dW"], t.Optional("dBias"));
    }

    /// <summary>K fused roundings, then bias and residual; one more where products are rounded first.</summary>
    internal override void BoundForward(Values v, double u, Values bounds) => ErrorBounds.OfSums(this, CasePhase.Forward, v, _k + 3, u, bounds);

    /// <summary>A chain over O and one over N, each onto the value already there.</summary>
    internal override void BoundBackward(Values v, double u, Values bounds) =>
        ErrorBounds.OfSums(this, CasePhase.Backward, v, Math.Max(_n, _o) + 2, u, bounds);
}
