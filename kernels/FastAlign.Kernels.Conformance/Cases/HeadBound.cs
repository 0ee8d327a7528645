using FastAlign.Core;

namespace FastAlign.Kernels.Conformance;

/// <summary>
/// First-order error bounds of the log-prob head. A logit errs by <c>e = (C + 5) u (sum|x w| + |b|) scale / T</c>, with a cap by its tanh too.
/// The arg max is an index and has no bound: in these cases the two largest logits lie further apart than their errors.
/// </summary>
internal sealed class HeadBound
{
    /// <summary>Roundings per weight besides its logit: exponential of the term and of a tile's rescaling, logarithm, divisions.</summary>
    private const double PerWeight = (2 * ErrorBounds.Transcendental) + 8;

    private readonly int _r;
    private readonly int _c;
    private readonly int _v;
    private readonly HeadVariant _variant;
    private readonly Values _values;
    private readonly double _u;
    private readonly double[] _z;
    private readonly double[] _error;

    public HeadBound(int r, int c, int v, HeadVariant variant, Values values, double u)
    {
        (_r, _c, _v, _variant, _values, _u) = (r, c, v, variant, values, u);
        (_z, _error) = (new double[v], new double[v]);
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

        for (int i = 0; i < _r; i++)
        {
            Logits(i);
            double logZ = _values["logZ"][i];
            double worst = 0;
            double size = Math.Abs(logZ);
            double mean = 0;
            for (int v = 0; v < _v; v++)
            {
                worst = Math.Max(worst, _error[v]);
                size = Math.Max(size, Math.Abs(_z[v]));
                mean += Math.Abs(_z[v]) / _v;
            }

            double sums = (_v + PerWeight) * _u;
            double ofLogZ = worst + sums + (4 * _u * size);
            bounds["logZ"][i] = ofLogZ;
            bounds["logProb"][i] = ofLogZ + _error[(int)_values["targets"][i]] + (2 * _u * size);
            if (_variant.HasStatistics)
            {
                bounds["entropy"][i] = ofLogZ + worst + (((2 * worst) + (2 * sums) + (4 * _u * size)) * 2 * size);
                bounds["logSumSquares"][i] = (4 * ofLogZ) + sums;
                bounds["meanLogit"][i] = worst + ((_v + 2) * _u * mean);
            }
        }
    }

    /// <summary>
    /// A probability errs relatively by its logit's error, logZ being given; <c>dz</c> by that share of both of its terms, and by the error of
    /// <c>log p</c> in the entropy's. The products with w and x add one rounding per term.
    /// </summary>
    public void Backward(Values bounds)
    {
        (double[] x, double[] w) = (_values["x"], _values["w"]);
        HeadSpec spec = _variant.Spec;
        for (int i = 0; i < _r; i++)
        {
            Logits(i);
            for (int v = 0; v < _v; v++)
            {
                (double dz, double error) = LogitGradient(i, v);
                double tanh = spec.SoftCap > 0 ? Math.Abs(_z[v]) * spec.Temperature / spec.SoftCap : 0;
                double slope = spec.LogitScale * (1 - (tanh * tanh)) / spec.Temperature;
                double slopeError = spec.LogitScale / spec.Temperature * ((2 * tanh * ((_error[v] * spec.Temperature / Math.Max(spec.SoftCap, 1)) + (4 * _u))) + (4 * _u));
                double size = dz * slope;
                double total = (error * slope) + (dz * slopeError) + (4 * _u * size);
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
        double logP = _z[v] - _values["logZ"][row];
        double p = Math.Exp(logP);
        double relative = _error[v] + (((2 * (Math.Abs(_z[v]) + Math.Abs(_values["logZ"][row]))) + PerWeight) * _u);
        double dLogProb = Math.Abs(_values["dLogProb"][row]);
        double isTarget = v == (int)_values["targets"][row] ? 1 : 0;
        double dEntropy = _variant.HasStatistics ? Math.Abs(_values["dEntropy"][row]) : 0;
        double entropy = _variant.HasStatistics ? _values["entropy"][row] : 0;
        double size = (dLogProb * Math.Abs(isTarget - p)) + (dEntropy * p * Math.Abs(logP + entropy));
        double error = (dLogProb * ((p * relative) + (2 * _u * (isTarget + p))))
            + (dEntropy * p * ((relative * (Math.Abs(logP + entropy) + 1)) + (4 * _u * (Math.Abs(logP) + entropy))));
        return (size, error);
    }

    private void Logits(int row)
    {
        HeadSpec spec = _variant.Spec;
        (double[] x, double[] w) = (_values["x"], _values["w"]);
        for (int v = 0; v < _v; v++)
        {
            double logit = _variant.HasBias ? _values["bias"][v] : 0;
            double absolute = Math.Abs(logit);
            for (int j = 0; j < _c; j++)
            {
                double product = x[(row * _c) + j] * w[(v * _c) + j];
                logit += product;
                absolute += Math.Abs(product);
            }

            double scaled = spec.LogitScale * logit;
            double capped = spec.SoftCap > 0 ? spec.SoftCap * Math.Tanh(scaled / spec.SoftCap) : scaled;
            double capError = spec.SoftCap > 0 ? ErrorBounds.Transcendental * _u * spec.SoftCap : 0;
            _z[v] = capped / spec.Temperature;
            _error[v] = (((_c + 5) * _u * absolute * Math.Abs(spec.LogitScale)) + capError) / spec.Temperature;
        }
    }
}
