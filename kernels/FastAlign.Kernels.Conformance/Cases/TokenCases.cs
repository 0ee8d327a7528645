using FastAlign.Core;

namespace FastAlign.Kernels.Conformance;

/// <summary>The largest logits of each row. Their indices have no bound: neighbours in order lie further apart than their errors.</summary>
internal sealed class TopTokensCase : KernelCase
{
    private readonly int _r;
    private readonly int _c;
    private readonly int _v;
    private readonly int _k;
    private readonly bool _hasBias;

    public TopTokensCase(string name, int rows, int width, int vocabulary, int k, bool hasBias = false)
        : base(OpNames.TopTokens, name)
    {
        (_r, _c, _v, _k, _hasBias) = (rows, width, vocabulary, k, hasBias);
        Input("x", new Shape(rows, width));
        Input("w", new Shape(vocabulary, width), 2 / Math.Sqrt(width));
        if (hasBias)
        {
            Input("bias", new Shape(vocabulary));
        }

        Output("logits", new Shape(rows, k));
        Output("ids", new Shape(rows, k), type: DType.I32);
    }

    public override long ForwardFlops => 2L * _r * _v * _c;

    public override void Forward(IOps ops, CaseTensors t) =>
        ops.TopTokens(new VocabularyRows(t["x"], t["w"], t.Optional("bias"), Tensor.None), t["logits"], t["ids"]);

    internal override void BoundForward(Values v, double u, Values bounds)
    {
        var logits = new BoundedLogits(new LogitOperands("x", "w", _hasBias ? "bias" : null), _c, _v, new HeadSpec(), v, u);
        bounds["logits"] = new double[_r * _k];
        for (int i = 0; i < _r; i++)
        {
            logits.Compute(i);
            for (int j = 0; j < _k; j++)
            {
                bounds["logits"][(i * _k) + j] = logits.Error[(int)v["ids"][(i * _k) + j]];
            }
        }
    }
}

/// <summary>Log-probs of K tokens per row, after the log-normaliser that they need, and their gradient.</summary>
internal sealed class SelectedCase : KernelCase
{
    private readonly int _r;
    private readonly int _c;
    private readonly int _v;
    private readonly int _k;
    private readonly HeadVariant _variant;
    private readonly Write _write;

    public SelectedCase(string name, int rows, int width, int vocabulary, int k, HeadVariant variant, Write write = Write.Assign)
        : base(OpNames.SelectedLogProbs, name)
    {
        (_r, _c, _v, _k, _variant, _write) = (rows, width, vocabulary, k, variant, write);
        Input("x", new Shape(rows, width));
        Input("w", new Shape(vocabulary, width), 2 / Math.Sqrt(width));
        if (variant.HasBias)
        {
            Input("bias", new Shape(vocabulary));
        }

        Ids("targets", rows, vocabulary);
        Tokens("ids");
        Output("targetLogProb", new Shape(rows));
        Output("logZ", new Shape(rows));
        Output("logProb", new Shape(rows, k));
        Cotangent("logProb", new Shape(rows, k));
        Gradient("x", write);
        if (!variant.IsFrozen)
        {
            Gradient("w", Write.Add);
        }

        if (variant.HasBias)
        {
            Gradient("bias", Write.Add);
        }
    }

    public override long ForwardFlops => 2L * _r * _c * (_v + _k);

    public override long BackwardFlops => (long)_r * _v * ((_variant.IsFrozen ? 4L : 6L) * _c);

    public override void Forward(IOps ops, CaseTensors t)
    {
        ops.LogProbHeadForward(new HeadInputs(t["x"], t["w"], t.Optional("bias"), t["targets"]), _variant.Spec, new HeadOutputs(t["targetLogProb"], t["logZ"]));
        ops.SelectedLogProbsForward(Rows(t), _variant.Spec, t["ids"], t["logProb"]);
    }

    public override void Backward(IOps ops, CaseTensors t) =>
        ops.SelectedLogProbsBackward(
            Rows(t), _variant.Spec, t["ids"], t["dLogProb"], new VocabularyGradients(_write, t["dX"], t.Optional("dW"), t.Optional("dBias")));

    internal override void BoundForward(Values v, double u, Values bounds)
    {
        BoundedLogits logits = Logits(v, u);
        (bounds["targetLogProb"], bounds["logZ"], bounds["logProb"]) = (new double[_r], new double[_r], new double[_r * _k]);
        for (int i = 0; i < _r; i++)
        {
            logits.Compute(i);
            double size = Math.Max(Math.Abs(v["logZ"][i]), logits.Size);
            double ofLogZ = logits.WorstError + ((_v + (2 * ErrorBounds.Transcendental) + 8) * u) + (4 * u * size);
            bounds["logZ"][i] = ofLogZ;
            bounds["targetLogProb"][i] = ofLogZ + logits.Error[(int)v["targets"][i]] + (2 * u * size);
            for (int j = 0; j < _k; j++)
            {
                bounds["logProb"][(i * _k) + j] = ofLogZ + logits.Error[(int)v["ids"][(i * _k) + j]] + (2 * u * size);
            }
        }
    }

    /// <summary>A probability errs relatively by its logit's error, the log-normaliser being given; K derivatives are added before it.</summary>
    internal override void BoundBackward(Values v, double u, Values bounds)
    {
        BoundedLogits logits = Logits(v, u);
        bounds["dX"] = _write == Write.Add ? Array.ConvertAll(Find("dX").Values, x => (_v + 2) * u * Math.Abs(x)) : new double[_r * _c];
        bounds["dW"] = _variant.IsFrozen ? [] : Array.ConvertAll(Find("dW").Values, x => (_r + 2) * u * Math.Abs(x));
        bounds["dBias"] = _variant.HasBias ? Array.ConvertAll(Find("dBias").Values, x => (_r + 2) * u * Math.Abs(x)) : [];
        for (int i = 0; i < _r; i++)
        {
            logits.Compute(i);
            for (int j = 0; j < _v; j++)
            {
                (double dz, double error) = LogitGradient(v, u, logits, i, j);
                (double size, double total) = logits.ThroughSlope(j, dz, error);
                for (int k = 0; k < _c; k++)
                {
                    bounds["dX"][(i * _c) + k] += (total + ((_v + 2) * u * size)) * Math.Abs(v["w"][(j * _c) + k]);
                    if (!_variant.IsFrozen)
                    {
                        bounds["dW"][(j * _c) + k] += (total + ((_r + 2) * u * size)) * Math.Abs(v["x"][(i * _c) + k]);
                    }
                }

                if (_variant.HasBias)
                {
                    bounds["dBias"][j] += total + ((_r + 2) * u * size);
                }
            }
        }
    }

    private (double Size, double Error) LogitGradient(Values v, double u, BoundedLogits logits, int row, int token)
    {
        double p = Math.Exp(logits.Value[token] - v["logZ"][row]);
        double relative = logits.Error[token] + (((2 * (Math.Abs(logits.Value[token]) + Math.Abs(v["logZ"][row]))) + ErrorBounds.Transcendental + 4) * u);
        double size = 0;
        double error = 0;
        for (int k = 0; k < _k; k++)
        {
            double d = Math.Abs(v["dLogProb"][(row * _k) + k]);
            double chosen = (int)v["ids"][(row * _k) + k] == token ? 1 : 0;
            size += d * (chosen + p);
            error += d * ((p * relative) + ((_k + 4) * u * (chosen + p)));
        }

        return (size, error);
    }

    /// <summary>Uniform, with repetitions.</summary>
    private void Tokens(string name)
    {
        Philox random = Stream();
        double[] ids = new double[_r * _k];
        for (int i = 0; i < ids.Length; i++)
        {
            ids[i] = random.Integer((ulong)i, _v);
        }

        Input(name, new Shape(_r, _k), ids, DType.I32);
    }

    private BoundedLogits Logits(Values v, double u) => new(new LogitOperands("x", "w", _variant.HasBias ? "bias" : null), _c, _v, _variant.Spec, v, u);

    private VocabularyRows Rows(CaseTensors t) => new(t["x"], t["w"], t.Optional("bias"), t["logZ"]);
}
