using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>
/// What a loss sees and what it answers, on the host: the rows of one micro-batch, or of all micro-batches of a step one after the other.
/// Buffers grow to the largest need and are then reused.
/// </summary>
internal sealed class LossBuffer
{
    private double[] _logProb = [];
    private double[] _reference = [];
    private double[] _entropy = [];
    private double[] _logSumSquares = [];
    private double[] _meanLogit = [];
    private double[] _dLogProb = [];
    private int[] _target = [];
    private int[] _argMax = [];
    private int[] _rowStarts = [0];
    private int[] _exampleStarts = [0];
    private readonly ColumnSet _columns = new();
    private readonly ColumnSet _added = new();
    private int _sequences;
    private int _examples;
    private bool _hasReference;
    private HeadStatistics _statistics;

    /// <summary>R, rows held.</summary>
    public int Rows { get; private set; }

    /// <summary>First row of the micro-batch added last.</summary>
    public int LastStart { get; private set; }

    public ReadOnlySpan<double> LogProb => _logProb;

    public ReadOnlySpan<double> Reference => _reference;

    /// <summary>Derivatives that the loss assigned.</summary>
    public ReadOnlySpan<double> DLogProb => _dLogProb;

    public void Reset()
    {
        (Rows, LastStart, _sequences, _examples) = (0, 0, 0, 0);
        _columns.Reset();
    }

    /// <summary>Makes room for a micro-batch; what was held stays. Gives where its reference log-probs belong.</summary>
    public Span<double> Extend(TokenBatch batch, bool hasReference)
    {
        (LastStart, Rows, _hasReference) = (Rows, Rows + batch.RowCount, hasReference);
        if (_logProb.Length < Rows)
        {
            Array.Resize(ref _logProb, Rows);
            Array.Resize(ref _reference, Rows);
            Array.Resize(ref _entropy, Rows);
            Array.Resize(ref _logSumSquares, Rows);
            Array.Resize(ref _meanLogit, Rows);
            Array.Resize(ref _dLogProb, Rows);
            Array.Resize(ref _target, Rows);
            Array.Resize(ref _argMax, Rows);
        }

        return _reference.AsSpan(LastStart, batch.RowCount);
    }

    /// <summary>Fills in the micro-batch that <see cref="Extend"/> made room for.</summary>
    public void Fill(Backend backend, in HeadOutputs head, TokenBatch batch, ITrainingData data, ReadOnlySpan<int> examples)
    {
        _statistics = data.Statistics;
        Download(backend, head.LogProb, _logProb);
        Download(backend, head.Entropy, _entropy);
        Download(backend, head.LogSumSquares, _logSumSquares);
        Download(backend, head.MeanLogit, _meanLogit);
        if (!head.ArgMax.IsNone)
        {
            backend.Download(head.ArgMax, _argMax.AsSpan(LastStart, head.ArgMax.Rows));
        }

        batch.Targets.Span.CopyTo(_target.AsSpan(LastStart));
        AddSequences(batch.RowStarts.Span);
        AddExamples(data, examples);
        _added.Reset();
        data.Fill(examples, _added);
        _columns.Append(_added);
    }

    /// <summary>Everything held, as a loss sees it.</summary>
    public LossInputs Inputs() => new()
    {
        LogProb = _logProb.AsSpan(0, Rows),
        RowStarts = _rowStarts.AsSpan(0, _sequences + 1),
        ExampleStarts = _exampleStarts.AsSpan(0, _examples + 1),
        Columns = _columns,
        ReferenceLogProb = _hasReference ? _reference.AsSpan(0, Rows) : [],
        Entropy = Held(HeadStatistics.Entropy, _entropy),
        LogSumSquares = Held(HeadStatistics.LogSumSquares, _logSumSquares),
        MeanLogit = Held(HeadStatistics.MeanLogit, _meanLogit),
        Target = _target.AsSpan(0, Rows),
        ArgMax = (_statistics & HeadStatistics.ArgMax) != 0 ? _argMax.AsSpan(0, Rows) : [],
    };

    /// <summary>Where the loss writes.</summary>
    public LossGradients Gradients() => new() { LogProb = _dLogProb.AsSpan(0, Rows) };

    private ReadOnlySpan<double> Held(HeadStatistics one, double[] values) => (_statistics & one) != 0 ? values.AsSpan(0, Rows) : [];

    private void Download(Backend backend, Tensor from, double[] to)
    {
        if (!from.IsNone)
        {
            backend.DownloadReal(from, to.AsSpan(LastStart, from.Rows));
        }
    }

    private void AddSequences(ReadOnlySpan<int> rowStarts)
    {
        int added = rowStarts.Length - 1;
        if (_rowStarts.Length <= _sequences + added)
        {
            Array.Resize(ref _rowStarts, _sequences + added + 1);
        }

        for (int s = 1; s <= added; s++)
        {
            _rowStarts[_sequences + s] = LastStart + rowStarts[s];
        }

        _sequences += added;
    }

    private void AddExamples(ITrainingData data, ReadOnlySpan<int> examples)
    {
        if (_exampleStarts.Length <= _examples + examples.Length)
        {
            Array.Resize(ref _exampleStarts, _examples + examples.Length + 1);
        }

        for (int i = 0; i < examples.Length; i++)
        {
            _exampleStarts[_examples + 1] = _exampleStarts[_examples] + (int)data.Counts(examples.Slice(i, 1)).Sequences;
            _examples++;
        }
    }
}
