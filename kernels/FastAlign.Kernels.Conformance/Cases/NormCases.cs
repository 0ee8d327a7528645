using FastAlign.Core;

namespace FastAlign.Kernels.Conformance;

/// <summary>How a norm case is called.</summary>
/// <param name="Write">Of dx.</param>
/// <param name="Offset">Of the weight.</param>
/// <param name="Padding">Between rows of x, y and the gradients.</param>
/// <param name="IsInPlace">y is x, dx is dy.</param>
internal sealed record NormVariant(Write Write = Write.Assign, float Offset = 0, int Padding = 0, bool IsInPlace = false);

internal abstract class NormCase : KernelCase
{
    protected NormCase(string op, string name, Shape shape, NormVariant variant, bool isCentred)
        : base(op, name)
    {
        (Variant, Width, IsCentred) = (variant, shape.Last, isCentred);
        Spec = new NormSpec(1e-5f, variant.Offset);
        Vectors = (int)(shape.Length / shape.Last);
        Input("x", shape, padding: variant.Padding);
        Input("w", new Shape(Width));
        if (isCentred)
        {
            Input("b", new Shape(Width));
        }

        Output("y", shape, variant.IsInPlace ? variant.Padding : 0);
        Shape statistics = shape.Rank == 3 ? new Shape(shape[0], shape[1]) : new Shape(shape[0]);
        if (isCentred)
        {
            Output("mean", statistics);
        }

        Output("rstd", statistics);
        Cotangent("y", shape, variant.Padding);
        Gradient("x", variant.Write, variant.Padding);
        Gradient("w", Write.Add);
        if (isCentred)
        {
            Gradient("b", Write.Add);
        }
    }

    public override long ForwardFlops => (IsCentred ? 8 : 5) * (long)Vectors * Width;

    public override long BackwardFlops => (IsCentred ? 12 : 9) * (long)Vectors * Width;

    protected NormVariant Variant { get; }

    protected NormSpec Spec { get; }

    private int Width { get; }

    private int Vectors { get; }

    private bool IsCentred { get; }

    protected override long Touched(CasePhase phase, Operand operand) =>
        phase == CasePhase.Backward && operand.Name is "y" or "b" ? 0 : base.Touched(phase, operand);

    /// <summary>
    /// rstd: the sum of squares has C + 1 roundings, halved by the root; division, epsilon, root and reciprocal add four. The mean errs by
    /// <c>em = C u mean|x|</c>, which shifts the variance by em^2 only. y adds four relative roundings, and em through the scale.
    /// </summary>
    internal override void BoundForward(Values v, double u, Values bounds)
    {
        (double[] x, double[] w, double[] y, double[] rstd) = (v["x"], v["w"], v["y"], v["rstd"]);
        double[] boundY = new double[y.Length];
        double[] boundRstd = new double[Vectors];
        double[] boundMean = new double[Vectors];
        for (int i = 0; i < Vectors; i++)
        {
            double meanAbsolute = 0;
            for (int j = 0; j < Width; j++)
            {
                meanAbsolute += Math.Abs(x[(i * Width) + j]) / Width;
            }

            double em = IsCentred ? (Width + 1) * u * meanAbsolute : 0;
            double relative = (((0.5 * Width) + 6) * u) + (em * em * rstd[i] * rstd[i]);
            boundMean[i] = em;
            boundRstd[i] = relative * rstd[i];
            for (int j = 0; j < Width; j++)
            {
                double scale = Math.Abs(w[j] + Spec.WeightOffset) * rstd[i];
                double bias = IsCentred ? Math.Abs(v["b"][j]) : 0;
                double centred = IsCentred ? v["mean"][i] : 0;
                double scaled = scale * Math.Abs(x[(i * Width) + j] - centred);
                boundY[(i * Width) + j] = (scaled * (relative + (4 * u))) + (scale * em) + (u * (scaled + bias)) + ErrorBounds.Underflow;
            }
        }

        (bounds["y"], bounds["rstd"]) = (boundY, boundRstd);
        if (IsCentred)
        {
            bounds["mean"] = boundMean;
        }
    }

    /// <summary>
    /// Statistics are given. Each mean is a sum of C terms with at most three roundings each; outside it at most five more:
    /// <c>(C + 8) u rstd (|g| + mean|g| + |xhat| mean|g xhat|)</c>, one u of the value added to, and (N + 4) u of the sums over rows.
    /// </summary>
    internal override void BoundBackward(Values v, double u, Values bounds)
    {
        (double[] x, double[] w, double[] dy, double[] rstd) = (v["x"], v["w"], v["dY"], v["rstd"]);
        double[] boundX = new double[x.Length];
        double[] sumW = Array.ConvertAll(Find("dW").Values, Math.Abs);
        double[] sumB = IsCentred ? Array.ConvertAll(Find("dB").Values, Math.Abs) : new double[Width];
        double[] before = Find("dX").Values;
        double[] xhat = new double[Width];
        for (int i = 0; i < Vectors; i++)
        {
            double meanG = 0;
            double meanGx = 0;
            for (int j = 0; j < Width; j++)
            {
                int at = (i * Width) + j;
                double g = Math.Abs(dy[at] * (w[j] + Spec.WeightOffset));
                xhat[j] = Math.Abs(x[at] - (IsCentred ? v["mean"][i] : 0)) * rstd[i];
                meanG += IsCentred ? g / Width : 0;
                meanGx += g * xhat[j] / Width;
                sumW[j] += Math.Abs(dy[at]) * xhat[j];
                sumB[j] += Math.Abs(dy[at]);
            }

            for (int j = 0; j < Width; j++)
            {
                int at = (i * Width) + j;
                double g = Math.Abs(dy[at] * (w[j] + Spec.WeightOffset));
                double added = Variant.Write == Write.Add ? Math.Abs(before[at]) : 0;
                boundX[at] = ((Width + 8) * u * rstd[i] * (g + meanG + (xhat[j] * meanGx))) + (u * added) + ErrorBounds.Underflow;
            }
        }

        bounds["dX"] = boundX;
        bounds["dW"] = Array.ConvertAll(sumW, s => (Vectors + 4) * u * s);
        if (IsCentred)
        {
            bounds["dB"] = Array.ConvertAll(sumB, s => (Vectors + 4) * u * s);
        }
    }
}

internal sealed class RmsNormCase(string name, Shape shape, NormVariant variant) : NormCase("rms_norm", name, shape, variant, isCentred: false)
{
    public override void Forward(IOps ops, CaseTensors t)
    {
        Tensor x = t["x"];
        if (Variant.IsInPlace)
        {
            ops.Copy(x, t["y"]);
            x = t["y"];
        }

        ops.RmsNormForward(x, t["w"], Spec, t["y"], t["rstd"]);
    }

    public override void Backward(IOps ops, CaseTensors t)
    {
        Tensor dy = t["dY"];
        if (Variant.IsInPlace)
        {
            ops.Copy(dy, t["dX"]);
            dy = t["dX"];
        }

        ops.RmsNormBackward(t["x"], t["w"], t["rstd"], dy, Spec, Variant.Write, t["dX"], t["dW"]);
    }
}

internal sealed class LayerNormCase(string name, Shape shape, NormVariant variant) : NormCase("layer_norm", name, shape, variant, isCentred: true)
{
    public override void Forward(IOps ops, CaseTensors t)
    {
        Tensor x = t["x"];
        if (Variant.IsInPlace)
        {
            ops.Copy(x, t["y"]);
            x = t["y"];
        }

        ops.LayerNormForward(x, t["w"], t["b"], Spec, t["y"], t["mean"], t["rstd"]);
    }

    public override void Backward(IOps ops, CaseTensors t) =>
        ops.LayerNormBackward(new LayerNormSaved(t["x"], t["mean"], t["rstd"]), t["w"], t["dY"], Spec, Variant.Write, t["dX"], t["dW"], t["dB"]);
}
