using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>
/// One model in a comparison across tokenizers: log-probs of its own tokens, and whole distributions of a few of its rows at a time, in double on the host.
/// Scratch is [<see cref="Tile"/>, V] whatever the number of rows.
/// </summary>
/// <param name="spec">Scale, cap and temperature of its logits.</param>
internal sealed class UniversalSide(HeadSpec spec)
{
    /// <summary>Rows whose distributions lie in memory at once.</summary>
    public const int Tile = 8;

    private double[] _logProbs = [];
    private double[] _masses = [];
    private double[] _slopes = [];
    private int _vocabulary;

    /// <summary>With log-normalisers of its logits.</summary>
    public VocabularyRows Rows { get; private set; }

    /// <summary>[R, 1] I32 tokens of the data.</summary>
    public Tensor Targets { get; private set; }

    /// <summary>[R] log-probs of the data's tokens, nats.</summary>
    public ReadOnlySpan<double> LogProbs => _logProbs.AsSpan(0, Targets.Rows);

    /// <summary>Takes the rows of a micro-batch.</summary>
    /// <param name="rows">Without log-normalisers.</param>
    /// <param name="targets">[R] I32</param>
    /// <param name="arena">Log-normalisers stay here.</param>
    public void Begin(in VocabularyRows rows, Tensor targets, Arena arena)
    {
        int r = targets.Rows;
        Rows = rows with { LogZ = arena.Take(new Shape(r)) };
        Targets = targets.Reshape(new Shape(r, 1));
        _vocabulary = rows.W.Rows;
        if (_logProbs.Length < r)
        {
            _logProbs = new double[r];
        }

        if (_masses.Length < Tile * _vocabulary)
        {
            (_masses, _slopes) = (new double[Tile * _vocabulary], new double[Tile * _vocabulary]);
        }

        long mark = arena.Mark();
        Tensor logProb = arena.Take(new Shape(r));
        arena.Backend.Ops.LogProbHeadForward(new HeadInputs(rows.X, rows.W, rows.Bias, targets), spec, new HeadOutputs(logProb, Rows.LogZ));
        arena.Backend.DownloadReal(logProb, _logProbs.AsSpan(0, r));
        arena.Release(mark);
    }

    /// <summary>[V] masses of a row of the tile.</summary>
    public Span<double> Masses(int i) => _masses.AsSpan(i * _vocabulary, _vocabulary);

    /// <summary>[V] derivative of each logit by what it makes of the product with the output embedding: scale, cap, temperature.</summary>
    public ReadOnlySpan<double> Slopes(int i) => _slopes.AsSpan(i * _vocabulary, _vocabulary);

    /// <summary>Distributions of some rows.</summary>
    /// <param name="index">[k] I32 which, k at most <see cref="Tile"/>.</param>
    /// <param name="arena">Gives the rows themselves, [k, C], and scratch that the caller releases.</param>
    public Tensor Read(Tensor index, Arena arena)
    {
        IOps ops = arena.Backend.Ops;
        int k = index.Rows;
        Tensor x = arena.Take(new Shape(k, Rows.X.Shape[1]));
        ops.GatherRows(Rows.X, index, Write.Assign, x);
        long mark = arena.Mark();
        Tensor products = arena.Take(new Shape(k, _vocabulary));
        ops.LinearForward(x, Rows.W, Rows.Bias, Tensor.None, products);
        arena.Backend.DownloadReal(products, _masses.AsSpan(0, k * _vocabulary));
        arena.Release(mark);
        for (int i = 0; i < k; i++)
        {
            Normalize(Masses(i), _slopes.AsSpan(i * _vocabulary, _vocabulary));
        }

        return x;
    }

    private void Normalize(Span<double> row, Span<double> slopes)
    {
        for (int v = 0; v < row.Length; v++)
        {
            double scaled = spec.LogitScale * row[v];
            double share = spec.SoftCap > 0 ? Math.Tanh(scaled / spec.SoftCap) : 0;
            row[v] = (spec.SoftCap > 0 ? spec.SoftCap * share : scaled) / spec.Temperature;
            slopes[v] = spec.LogitScale * (1 - (share * share)) / spec.Temperature;
        }

        double logZ = LogitRow.LogPartition(row);
        foreach (ref double value in row)
        {
            value = Math.Exp(value - logZ);
        }
    }
}
