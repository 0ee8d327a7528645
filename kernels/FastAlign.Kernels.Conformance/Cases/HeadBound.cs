namespace FastAlign.Kernels.Conformance;

/// <summary>
/// First-order error bounds of the log-prob head. A logit errs by <c>e = (C + 5) u (sum|x w| + |b|) scale / T</c>, with a cap by its tanh too.
/// The arg max is an index and has no bound: in these cases the two largest logits lie further apart than their errors.
/// </summary>
internal sealed class HeadBound
{
    /// <summary>Roundings per weight besides its logit: exponential of the term and of a tile's rescaling, logarithm, divisions.</summary>
    private const double PerWeight = (2 * ErrorBounds.Transcendental) + 8;

    /// <summary>Vocabulary entries of the smallest tile that a backend streams.</summary>
    private const int SmallestTile = 1024;

    private readonly int _r;
    private readonly int _c;
    private readonly int _v;
    private readonly HeadVariant _variant;
    private readonly Values _values;
    private readonly double _u;
    private readonly BoundedLogits _logits;

    public HeadBound(int r, int c, int v, HeadVariant variant, Values values, double u)
    {
        (_r, _c, _v, _variant, _values, _u) = (r, c, v, variant, values, u);
        _logits = new BoundedLogits(new LogitOperands("x", "w", variant.HasBias ? "bias" : null), c, v, variant.Spec, values, u);
    }

    /// <summary>
    /// logZ: the largest logit's error, a sum of V terms, the sizes that are subtracted and added back. Entropy <c>logZ - sum p z</c>: weights
    /// err relatively by twice that, terms by their logit; both sums have V terms.
    /// </summary>
    public void Forward(Values bounds)
    {
        (bounds["logProb"], bounds["logZ"]) = (new double[_r], new double[_r]);
        if (_variant.HasStatistics)
        {
            (bounds["entropy"], bounds["logSumSquares"], bounds["meanLogit"]) = (new double[_r], new double[_r], new double[_r]);
        }

        if (_variant.KeepsSlope)
        {
            bounds["slope"] = new double[_r * _c];
        }

        for (int i = 0; i < _r; i++)
        {
            _logits.Compute(i);
            double logZ = _values["logZ"][i];
            double worst = 0;
            double size = Math.Abs(logZ);
            double mean = 0;
            for (int v = 0; v < _v; v++)
            {
                worst = Math.Max(worst, _logits.Error[v]);
                size = Math.Max(size, Math.Abs(_logits.Value[v]));
                mean += Math.Abs(_logits.Value[v]) / _v;
            }

            double sums = (_v + PerWeight) * _u;
            double ofLogZ = worst + sums + (4 * _u * size);
            bounds["logZ"][i] = ofLogZ;
            bounds["logProb"][i] = ofLogZ + _logits.Error[(int)_values["targets"][i]] + (2 * _u * size);
            if (_variant.HasStatistics)
            {
                bounds["entropy"][i] = ofLogZ + worst + (((2 * worst) + (2 * sums) + (4 * _u * size)) * 2 * size);
                bounds["logSumSquares"][i] = (4 * ofLogZ) + sums;
                bounds["meanLogit"][i] = worst + ((_v + 2) * _u * mean);
            }

            if (_variant.KeepsSlope)
            {
                BoundSlope(i, ofLogZ, bounds["slope"]);
            }
        }
    }

    /// <summary>
    /// A probability errs relatively by its logit's error, that of logZ, and its exponential and rescalings; the chain of V terms and the target's by a rounding per
    /// term, of their sizes, which do not cancel as in <c>1 - p</c>.
    /// </summary>
    private void BoundSlope(int row, double ofLogZ, double[] bound)
    {
        double[] w = _values["w"];
        double logZ = _values["logZ"][row];
        for (int v = 0; v < _v; v++)
        {
            double p = Math.Exp(_logits.Value[v] - logZ);
            double isTarget = v == (int)_values["targets"][row] ? 1 : 0;
            double relative = _logits.Error[v] + ofLogZ + (((2 * (Math.Abs(_logits.Value[v]) + Math.Abs(logZ))) + PerWeight) * _u);
            (double size, double total) = _logits.ThroughSlope(v, isTarget + p, (p * relative) + (2 * _u * (isTarget + p)));
            for (int j = 0; j < _c; j++)
            {
                bound[(row * _c) + j] += (total + ((_v + Rescalings + 2) * _u * size)) * Math.Abs(w[(v * _c) + j]);
            }
        }
    }

    /// <summary>Roundings of a sum that rises to a new maximum at each of the smallest tiles of a backend: an exponential and a product each.</summary>
    private double Rescalings => (ErrorBounds.Transcendental + 1) * ((double)_v / SmallestTile);

    /// <summary>
    /// A probability errs relatively by its logit's error, logZ being given; <c>dz</c> by that share of both of its terms, and by the error of
    /// <c>log p</c> in the entropy's. The products with w and x add one rounding per term.
    /// </summary>
    public void Backward(Values bounds)
    {
        (double[] x, double[] w) = (_values["x"], _values["w"]);
        if (_variant.KeepsSlope)
        {
            double[] slope = _values["slope"];
            for (int i = 0; i < slope.Length; i++)
            {
                bounds["dX"][i] = _u * Math.Abs(_values["dLogProb"][i / _c] * slope[i]);
            }

            return;
        }

        for (int i = 0; i < _r; i++)
        {
            _logits.Compute(i);
            for (int v = 0; v < _v; v++)
            {
                (double dz, double error) = LogitGradient(i, v);
                (double size, double total) = _logits.ThroughSlope(v, dz, error);
                for (int j = 0; j < _c; j++)
                {
                    bounds["dX"][(i * _c) + j] += (total + ((_v + 1) * _u * size)) * Math.Abs(w[(v * _c) + j]);
                    if (!_variant.IsFrozen)
                    {
                        bounds["dW"][(v * _c) + j] += (total + ((_r + 2) * _u * size)) * Math.Abs(x[(i * _c) + j]);
                    }
                }

                if (_variant.HasBias)
                {
                    bounds["dBias"][v] += total + ((_r + 2) * _u * size);
                }
            }
        }
    }

    private (double Size, double Error) LogitGradient(int row, int v)
    {
        double logP = _logits.Value[v] - _values["logZ"][row];
        double p = Math.Exp(logP);
        double relative = _logits.Error[v] + (((2 * (Math.Abs(_logits.Value[v]) + Math.Abs(_values["logZ"][row]))) + PerWeight) * _u);
        double dLogProb = Math.Abs(_values["dLogProb"][row]);
        double isTarget = v == (int)_values["targets"][row] ? 1 : 0;
        double dEntropy = _variant.HasStatistics ? Math.Abs(_values["dEntropy"][row]) : 0;
        double entropy = _variant.HasStatistics ? _values["entropy"][row] : 0;
        double size = (dLogProb * Math.Abs(isTarget - p)) + (dEntropy * p * Math.Abs(logP + entropy));
        double error = (dLogProb * ((p * relative) + (2 * _u * (isTarget + p))))
            + (dEntropy * p * ((relative * (Math.Abs(logP + entropy) + 1)) + (4 * _u * (Math.Abs(logP) + entropy))));
        return (size, error);
    }
}
