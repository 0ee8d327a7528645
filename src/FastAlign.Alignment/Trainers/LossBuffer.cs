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
    private double[] _dEntropy = [];
    private double[] _scores = [];
    private double[] _dScores = [];
    private double[] _embeddings = [];
    private double[] _dEmbeddings = [];
    private double[] _divergence = [];
    private double[] _dDivergence = [];
    private double[] _tempered = [];
    private double[] _dTempered = [];
    private double[] _scoreWeights = [];
    private double[] _dScoreWeights = [];
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
    private ModelHeads _heads;
    private TeacherColumns _teacher;
    private int _labels;
    private int _width;

    /// <summary>R, rows held.</summary>
    public int Rows { get; private set; }

    /// <summary>First row of the micro-batch added last.</summary>
    public int LastStart { get; private set; }

    public ReadOnlySpan<double> LogProb => _logProb;

    public ReadOnlySpan<double> Reference => _reference;

    /// <summary>[R, labels] of the micro-batch added last.</summary>
    public ReadOnlySpan<double> LastScores => Part(Held(ModelHeads.Score, _scores, Rows * _labels), LastStart, Rows - LastStart, _labels);

    public void Reset()
    {
        (Rows, LastStart, _sequences, _examples) = (0, 0, 0, 0);
        _columns.Reset();
    }

    /// <summary>Makes room for a micro-batch; what was held stays. Gives where its reference log-probs belong.</summary>
    /// <param name="batch">The micro-batch.</param>
    /// <param name="task">What the loss reads, and whether a reference or a teacher has log-probs, too.</param>
    /// <param name="labels">Outputs of the score head.</param>
    /// <param name="width">C.</param>
    public Span<double> Extend(TokenBatch batch, TrainingTask task, int labels, int width)
    {
        (LastStart, Rows, _hasReference) = (Rows, Rows + batch.RowCount, task.Reference is not null || task.Teacher is not null);
        (_heads, _teacher, _labels, _width) = (task.Loss.Heads, task.Teacher?.Columns ?? TeacherColumns.None, labels, width);
        ExtendRows();
        ExtendOf(ModelHeads.Score, Rows * labels, ref _scores, ref _dScores);
        ExtendOf(ModelHeads.Embedding, Rows * width, ref _embeddings, ref _dEmbeddings);
        ExtendOf(ModelHeads.ScoreWeights, labels * width, ref _scoreWeights, ref _dScoreWeights);
        ExtendOf(TeacherColumns.Divergence, ref _divergence, ref _dDivergence);
        ExtendOf(TeacherColumns.TemperedLogProb, ref _tempered, ref _dTempered);
        return _reference.AsSpan(LastStart, batch.RowCount);
    }

    private void ExtendRows()
    {
        if (_logProb.Length < Rows)
        {
            Array.Resize(ref _logProb, Rows);
            Array.Resize(ref _reference, Rows);
            Array.Resize(ref _entropy, Rows);
            Array.Resize(ref _logSumSquares, Rows);
            Array.Resize(ref _meanLogit, Rows);
            Array.Resize(ref _dLogProb, Rows);
            Array.Resize(ref _dEntropy, Rows);
            Array.Resize(ref _target, Rows);
            Array.Resize(ref _argMax, Rows);
        }
    }

    private void ExtendOf(ModelHeads head, int length, ref double[] values, ref double[] derivatives)
    {
        if (Reads(head) && values.Length < length)
        {
            Array.Resize(ref values, length);
            Array.Resize(ref derivatives, length);
        }
    }

    private void ExtendOf(TeacherColumns column, ref double[] values, ref double[] derivatives)
    {
        if ((_teacher & column) != 0 && values.Length < Rows)
        {
            Array.Resize(ref values, Rows);
            Array.Resize(ref derivatives, Rows);
        }
    }

    /// <summary>Where a comparison with a teacher writes what it says of some rows.</summary>
    public DistillationValues OfTeacher(int first, int rows) => new()
    {
        TeacherLogProb = _reference.AsSpan(first, rows),
        Divergence = Held(TeacherColumns.Divergence, _divergence, first, rows),
        TemperedLogProb = Held(TeacherColumns.TemperedLogProb, _tempered, first, rows),
    };

    /// <summary>[rows] derivatives by divergences, or empty.</summary>
    public ReadOnlySpan<double> DDivergence(int first, int rows) => Held(TeacherColumns.Divergence, _dDivergence, first, rows);

    /// <summary>[rows] derivatives by log-probs at the temperature of distillation, or empty.</summary>
    public ReadOnlySpan<double> DTemperedLogProb(int first, int rows) => Held(TeacherColumns.TemperedLogProb, _dTempered, first, rows);

    /// <summary>Fills in the micro-batch that <see cref="Extend"/> made room for.</summary>
    public void Fill(Backend backend, in HeadActivations head, Tensor scoreWeights, TokenBatch batch, ITrainingData data, ReadOnlySpan<int> examples)
    {
        HeadOutputs outputs = head.Outputs;
        _statistics = Reads(ModelHeads.LogProb) ? data.Statistics : HeadStatistics.None;
        Download(backend, outputs.LogProb, _logProb);
        Download(backend, outputs.Entropy, _entropy);
        Download(backend, outputs.LogSumSquares, _logSumSquares);
        Download(backend, outputs.MeanLogit, _meanLogit);
        if (!outputs.ArgMax.IsNone)
        {
            backend.Download(outputs.ArgMax, _argMax.AsSpan(LastStart, outputs.ArgMax.Rows));
        }

        Download(backend, head.Scores, _scores, _labels);
        if (Reads(ModelHeads.Embedding))
        {
            Download(backend, head.Normed, _embeddings, _width);
        }

        if (Reads(ModelHeads.ScoreWeights))
        {
            backend.DownloadReal(scoreWeights, _scoreWeights.AsSpan(0, _labels * _width));
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
        LogProb = Held(ModelHeads.LogProb, _logProb, Rows),
        RowStarts = _rowStarts.AsSpan(0, _sequences + 1),
        ExampleStarts = _exampleStarts.AsSpan(0, _examples + 1),
        Columns = _columns,
        ReferenceLogProb = _hasReference ? _reference.AsSpan(0, Rows) : [],
        Entropy = Held(HeadStatistics.Entropy, _entropy),
        LogSumSquares = Held(HeadStatistics.LogSumSquares, _logSumSquares),
        MeanLogit = Held(HeadStatistics.MeanLogit, _meanLogit),
        Divergence = Held(TeacherColumns.Divergence, _divergence, 0, Rows),
        TemperedLogProb = Held(TeacherColumns.TemperedLogProb, _tempered, 0, Rows),
        Target = _target.AsSpan(0, Rows),
        ArgMax = (_statistics & HeadStatistics.ArgMax) != 0 ? _argMax.AsSpan(0, Rows) : [],
        Scores = Held(ModelHeads.Score, _scores, Rows * _labels),
        Labels = Reads(ModelHeads.Score) ? _labels : 0,
        Embeddings = Held(ModelHeads.Embedding, _embeddings, Rows * _width),
        Width = Reads(ModelHeads.Embedding) ? _width : 0,
        ScoreWeights = Held(ModelHeads.ScoreWeights, _scoreWeights, _labels * _width),
    };

    /// <summary>One example of the micro-batch added last, by itself; statistics that serve metrics alone are left out, but for entropies, which some losses read.</summary>
    /// <param name="first">Its first row in that micro-batch.</param>
    /// <param name="rowStarts">Of its sequences, from 0.</param>
    /// <param name="exampleStarts">0 and the number of its sequences.</param>
    /// <param name="columns">Its columns.</param>
    public LossInputs Example(int first, ReadOnlySpan<int> rowStarts, ReadOnlySpan<int> exampleStarts, ColumnSet columns)
    {
        (int start, int rows) = (LastStart + first, rowStarts[^1]);
        LossInputs all = Inputs();
        return new LossInputs
        {
            RowStarts = rowStarts,
            ExampleStarts = exampleStarts,
            Columns = columns,
            LogProb = Part(all.LogProb, start, rows, 1),
            ReferenceLogProb = Part(all.ReferenceLogProb, start, rows, 1),
            Entropy = Part(all.Entropy, start, rows, 1),
            LogSumSquares = Part(all.LogSumSquares, start, rows, 1),
            Divergence = Part(all.Divergence, start, rows, 1),
            TemperedLogProb = Part(all.TemperedLogProb, start, rows, 1),
            Scores = Part(all.Scores, start, rows, all.Labels),
            Labels = all.Labels,
            Embeddings = Part(all.Embeddings, start, rows, all.Width),
            Width = all.Width,
            ScoreWeights = all.ScoreWeights,
        };
    }

    /// <summary>Where the loss of such an example writes: over what it will overwrite anyway.</summary>
    public LossGradients ExampleGradients(int first, int rows)
    {
        LossGradients all = Gradients();
        int start = LastStart + first;
        return new LossGradients
        {
            LogProb = all.LogProb.IsEmpty ? [] : all.LogProb.Slice(start, rows),
            Entropy = all.Entropy.IsEmpty ? [] : all.Entropy.Slice(start, rows),
            Divergence = all.Divergence.IsEmpty ? [] : all.Divergence.Slice(start, rows),
            TemperedLogProb = all.TemperedLogProb.IsEmpty ? [] : all.TemperedLogProb.Slice(start, rows),
            Scores = all.Scores.IsEmpty ? [] : all.Scores.Slice(start * _labels, rows * _labels),
            Embeddings = all.Embeddings.IsEmpty ? [] : all.Embeddings.Slice(start * _width, rows * _width),
            ScoreWeights = all.ScoreWeights,
        };
    }

    private static ReadOnlySpan<double> Part(ReadOnlySpan<double> values, int first, int rows, int columns) =>
        values.IsEmpty ? [] : values.Slice(first * columns, rows * columns);

    /// <summary>Where the loss writes.</summary>
    public LossGradients Gradients() => new()
    {
        LogProb = Held(ModelHeads.LogProb, _dLogProb, Rows),
        Entropy = Held(ModelHeads.Entropy, _dEntropy, Rows),
        Scores = Held(ModelHeads.Score, _dScores, Rows * _labels),
        Embeddings = Held(ModelHeads.Embedding, _dEmbeddings, Rows * _width),
        ScoreWeights = Held(ModelHeads.ScoreWeights, _dScoreWeights, _labels * _width),
        Divergence = Held(TeacherColumns.Divergence, _dDivergence, 0, Rows),
        TemperedLogProb = Held(TeacherColumns.TemperedLogProb, _dTempered, 0, Rows),
    };

    /// <summary>Multiplies all derivatives.</summary>
    public void ScaleGradients(double factor)
    {
        LossGradients gradients = Gradients();
        Scale(gradients.LogProb, factor);
        Scale(gradients.Entropy, factor);
        Scale(gradients.Scores, factor);
        Scale(gradients.Embeddings, factor);
        Scale(gradients.ScoreWeights, factor);
        Scale(gradients.Divergence, factor);
        Scale(gradients.TemperedLogProb, factor);
    }

    /// <summary>The derivatives of some rows on the backend.</summary>
    public HeadDerivatives Upload(int first, int rows, Arena arena) => new(
        Upload(ModelHeads.LogProb, _dLogProb.AsSpan(first, rows), new Shape(rows), arena),
        Upload(ModelHeads.Entropy, _dEntropy.AsSpan(first, rows), new Shape(rows), arena),
        Upload(ModelHeads.Score, Slice(_dScores, first, rows, _labels), new Shape(rows, _labels), arena),
        Upload(ModelHeads.Embedding, Slice(_dEmbeddings, first, rows, _width), new Shape(rows, _width), arena));

    /// <summary>The derivative by the score head's weights, or none.</summary>
    public Tensor UploadScoreWeights(Arena arena) =>
        Upload(ModelHeads.ScoreWeights, Slice(_dScoreWeights, 0, _labels, _width), new Shape(_labels, _width), arena);

    private static ReadOnlySpan<double> Slice(double[] values, int first, int rows, int columns) =>
        values.Length == 0 ? [] : values.AsSpan(first * columns, rows * columns);

    private Tensor Upload(ModelHeads head, ReadOnlySpan<double> values, Shape shape, Arena arena)
    {
        if (!Reads(head))
        {
            return Tensor.None;
        }

        Tensor tensor = arena.Take(shape);
        arena.Backend.UploadReal(values, tensor);
        return tensor;
    }

    private static void Scale(Span<double> values, double factor)
    {
        foreach (ref double value in values)
        {
            value *= factor;
        }
    }

    private bool Reads(ModelHeads head) => (_heads & head) != 0;

    private Span<double> Held(ModelHeads head, double[] values, int count) => Reads(head) ? values.AsSpan(0, count) : [];

    private Span<double> Held(TeacherColumns column, double[] values, int first, int rows) =>
        (_teacher & column) != 0 ? values.AsSpan(first, rows) : [];

    private ReadOnlySpan<double> Held(HeadStatistics one, double[] values) => (_statistics & one) != 0 ? values.AsSpan(0, Rows) : [];

    private void Download(Backend backend, Tensor from, double[] to, int columns = 1)
    {
        if (!from.IsNone)
        {
            backend.DownloadReal(from, to.AsSpan(LastStart * columns, from.Rows * columns));
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
