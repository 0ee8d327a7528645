using FastAlign.Core;

namespace FastAlign.Kernels.Conformance;

/// <summary>
/// First-order error bounds of softmax attention. A score errs by <c>e = (D + 3) u scale sum|q k|</c> (dot product, scale, subtraction of the
/// maximum); a weight relatively by <c>e</c> of its own and of the normaliser, plus the exponential and a sum of T terms.
/// </summary>
internal sealed class AttentionBound(AttentionSizes sizes, AttentionSpec spec, Values v, double u)
{
    /// <summary>Roundings per weight besides its score: the exponential twice (weight and rescaling of a block), division, logarithm.</summary>
    private const double PerWeight = (2 * ErrorBounds.Transcendental) + 8;

    private readonly int _d = sizes.Width;
    private readonly double[] _q = v["q"];
    private readonly double[] _k = v["k"];
    private readonly double[] _v = v["v"];

    /// <summary>Adds the bounds of one query row.</summary>
    public void Forward(int row, int[] keys, double[] boundY, double[] boundLogZ)
    {
        for (int h = 0; h < sizes.Heads; h++)
        {
            int query = (row * sizes.Heads) + h;
            double logZ = v["logZ"][query];
            double worst = 0;
            double size = Math.Abs(logZ);
            foreach (int key in keys)
            {
                (double score, double error) = Score(query, Key(key, h));
                worst = Math.Max(worst, error);
                size = Math.Max(size, Math.Abs(score));
            }

            boundLogZ[query] = worst + ((keys.Length + PerWeight) * u) + (4 * u * size);
            double relative = (2 * worst) + (4 * u * size) + (((2 * keys.Length) + PerWeight) * u);
            foreach (int key in keys)
            {
                double p = Math.Exp(Score(query, Key(key, h)).Score - logZ);
                for (int j = 0; j < _d; j++)
                {
                    boundY[(query * _d) + j] += relative * p * Math.Abs(_v[(Key(key, h) * _d) + j]);
                }
            }
        }
    }

    /// <summary>
    /// logZ is given, so a weight errs relatively by its own score's error. <c>ds = p (dP - delta)</c> errs by that share of itself and by
    /// <c>p (D + 4) u (sum|dy v| + sum|dy y|)</c>; the products with k and q add one rounding per term of their sums.
    /// </summary>
    public void Backward(int row, int[] keys, int rows, Values bounds)
    {
        (double[] dy, double[] y) = (v["dY"], v["y"]);
        int terms = Math.Max(keys.Length, rows * sizes.Heads / sizes.Groups) + 4;
        for (int h = 0; h < sizes.Heads; h++)
        {
            int query = (row * sizes.Heads) + h;
            double logZ = v["logZ"][query];
            (double delta, double absoluteDelta) = Dot(dy, query, y, query);
            foreach (int rowKey in keys)
            {
                int key = Key(rowKey, h);
                (double score, double scoreError) = Score(query, key);
                double p = Math.Exp(score - logZ);
                double weightError = scoreError + (((2 * (Math.Abs(score) + Math.Abs(logZ))) + PerWeight) * u);
                (double dp, double absoluteDp) = Dot(dy, query, _v, key);
                double ds = p * Math.Abs(dp - delta);
                double dsError = (ds * weightError) + (p * (_d + 4) * u * (absoluteDp + absoluteDelta)) + CapError(p * (dp - delta), score, scoreError);
                for (int j = 0; j < _d; j++)
                {
                    double scaled = spec.Scale * (dsError + (terms * u * ds));
                    bounds["dQ"][(query * _d) + j] += scaled * Math.Abs(_k[(key * _d) + j]);
                    bounds["dK"][(key * _d) + j] += scaled * Math.Abs(_q[(query * _d) + j]);
                    bounds["dV"][(key * _d) + j] += p * (weightError + (terms * u)) * Math.Abs(dy[(query * _d) + j]);
                }
            }
        }
    }

    /// <summary>The cap's slope <c>1 - tanh^2</c> errs by <c>2 |tanh|</c> times the error of tanh.</summary>
    private double CapError(double ds, double score, double scoreError)
    {
        double tanh = spec.SoftCap > 0 ? Math.Abs(score / spec.SoftCap) : 0;
        return spec.SoftCap > 0 ? Math.Abs(ds) * ((2 * tanh * ((scoreError / spec.SoftCap) + (4 * u))) + (4 * u)) : 0;
    }

    private int Key(int row, int head) => (row * sizes.Groups) + (head / (sizes.Heads / sizes.Groups));

    private (double Score, double Error) Score(int query, int key)
    {
        (double dot, double absolute) = Dot(_q, query, _k, key);
        double score = spec.Scale * dot;
        double error = (_d + 3) * u * Math.Abs(spec.Scale) * absolute;
        return spec.SoftCap > 0
            ? (spec.SoftCap * Math.Tanh(score / spec.SoftCap), error + (ErrorBounds.Transcendental * u * spec.SoftCap))
            : (score, error);
    }

    private (double Sum, double Absolute) Dot(double[] a, int rowA, double[] b, int rowB)
    {
        double sum = 0;
        double absolute = 0;
        for (int j = 0; j < _d; j++)
        {
            double product = a[(rowA * _d) + j] * b[(rowB * _d) + j];
            sum += product;
            absolute += Math.Abs(product);
        }

        return (sum, absolute);
    }
}
