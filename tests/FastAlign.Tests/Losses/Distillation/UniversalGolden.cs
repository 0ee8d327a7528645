using System.Text.Json;
using FastAlign.Alignment;
using FastAlign.Core;
using Xunit;

namespace FastAlign.Tests.Losses;

/// <summary>One case of the goldens: TRL's padded blocks taken apart into scored rows on either side, and stretches between them.</summary>
internal sealed class UniversalGolden
{
    private readonly Side _student;
    private readonly Side _teacher;
    private readonly UniversalOptions _options;
    private readonly UniversalDistance _distance;
    private readonly TokenGroup[] _groups;
    private readonly int[] _groupCounts;
    private readonly int _sequences;
    private readonly int _width;
    private UniversalValue[] _values = [];

    public UniversalGolden(JsonElement batch, JsonElement options)
    {
        options.RequireOnly(
            "crossentropy_weight", "distillation_weight", "student_temperature", "teacher_temperature", "skip_student_eos", "skip_teacher_eos", "use_extended_uld",
            "token_merge_strategy", "use_hybrid_loss", "hybrid_matched_weight", "hybrid_unmatched_weight", "beta");
        _options = Options(options);
        _student = new Side(batch, "student", _options.SkipsStudentEos, _options.Merge);
        _teacher = new Side(batch, "teacher", _options.SkipsTeacherEos, _options.Merge);
        (_sequences, _width) = (_student.Rows.Length, _student.Width);
        JsonElement teacherVocabulary = batch.GetProperty("teacher_vocab");
        (int, int)[] matched = [.. batch.GetProperty("student_vocab").EnumerateObject()
            .Where(token => teacherVocabulary.TryGetProperty(token.Name, out _))
            .Select(token => (token.Value.GetInt32(), teacherVocabulary.GetProperty(token.Name).GetInt32()))];
        _distance = new UniversalDistance(_student.Vocabulary, _teacher.Vocabulary, matched, _options, options.GetProperty("beta").Number());
        var groups = new List<TokenGroup>();
        _groupCounts = new int[_sequences];
        (int student, int teacher) = (0, 0);
        for (int s = 0; s < _sequences; s++)
        {
            TokenGroup[] own = _options.IsAligned
                ? TokenAlignment.ByText(_student.Ends[s], _teacher.Ends[s])
                : TokenAlignment.ByPlace(_student.Rows[s].Length, _teacher.Rows[s].Length);
            groups.AddRange(own.Select(group => group.Shift(student, teacher)));
            _groupCounts[s] = own.Length;
            student += _student.Rows[s].Length;
            teacher += _teacher.Rows[s].Length;
        }

        _groups = [.. groups];
        DLogits = new double[_student.Logits.Length];
    }

    public double Loss { get; private set; }

    /// <summary>[B, T, V]</summary>
    public double[] DLogits { get; }

    /// <summary>TRL's two parts: the distance from rows of its choice, the cross-entropy from the rows before the labelled tokens.</summary>
    public void Evaluate(Backend backend)
    {
        Loss = Distill(backend) + CrossEntropy(backend);
    }

    /// <summary>TRL keeps the parts of its last sequence.</summary>
    public void CheckMetrics(JsonElement expected)
    {
        if (!expected.TryGetProperty("metrics", out JsonElement metrics))
        {
            return;
        }

        UniversalValue[] last = _values[^_groupCounts[^1]..];
        foreach (JsonProperty metric in metrics.EnumerateObject())
        {
            double value = metric.Name switch
            {
                "last_matched_loss" => last.Average(one => one.Matched),
                "last_unmatched_loss" => last.Average(one => one.Unmatched),
                _ => throw new InvalidOperationException($"unknown metric {metric.Name}"),
            };
            LossAssert.Value(metric.Value.Number(), value, metric.Name);
        }
    }

    private double Distill(Backend backend)
    {
        using var arena = new Arena(backend, 1 << 20);
        VocabularyRows student = _student.Upload(arena, _student.All, out Tensor targets);
        VocabularyRows teacher = _teacher.Upload(arena, _teacher.All, out Tensor teacherTargets);
        var head = new UniversalHead(
            _distance, _options.Merge, new HeadSpec { Temperature = _options.StudentTemperature }, new HeadSpec { Temperature = _options.TeacherTemperature });
        int n = targets.Rows;
        double[] distances = new double[n];
        head.Forward(student, targets, teacher, teacherTargets, _groups, arena, distances);
        _values = head.Values.ToArray();

        double[] dDistances = new double[n];
        double loss = LossOf(distances, dDistances, _student.RowStarts(), new double[n], new double[n], _options with { CrossEntropyWeight = 0 });
        Tensor dx = arena.Take(student.X.Shape);
        head.Backward(dDistances, new VocabularyGradients(Write.Assign, dx, Tensor.None, Tensor.None), arena);
        _student.Scatter(backend, dx, _student.All, DLogits);
        return loss;
    }

    private double CrossEntropy(Backend backend)
    {
        int[] rows = _student.Predicting;
        using var arena = new Arena(backend, 1 << 20);
        VocabularyRows student = _student.Upload(arena, rows, out _);
        Tensor targets = arena.Take(new Shape(rows.Length), DType.I32);
        backend.Upload<int>([.. rows.Select(row => _student.Labels[row + 1])], targets);
        var inputs = new HeadInputs(student.X, student.W, Tensor.None, targets);
        var outputs = new HeadOutputs(arena.Take(new Shape(rows.Length)), arena.Take(new Shape(rows.Length)));
        backend.Ops.LogProbHeadForward(inputs, new HeadSpec(), outputs);
        double[] logProbs = new double[rows.Length];
        backend.DownloadReal(outputs.LogProb, logProbs);

        double[] dLogProbs = new double[rows.Length];
        double loss = LossOf(new double[rows.Length], new double[rows.Length], [0, rows.Length], logProbs, dLogProbs, _options with { DistillationWeight = 0 });
        Tensor derivatives = arena.Take(new Shape(rows.Length));
        backend.UploadReal(dLogProbs, derivatives);
        Tensor dx = arena.Take(student.X.Shape);
        backend.Ops.LogProbHeadBackward(inputs, new HeadSpec(), outputs, new HeadGradients(derivatives, Tensor.None, dx, Tensor.None, Tensor.None));
        _student.Scatter(backend, dx, rows, DLogits);
        return loss;
    }

    private double LossOf(double[] distances, double[] dDistances, int[] rowStarts, double[] logProbs, double[] dLogProbs, UniversalOptions options)
    {
        var columns = new ColumnSet();
        Span<double> share = columns.Take(Column.GroupShare, distances.Length);
        int g = 0;
        for (int s = 0; s < _sequences && options.DistillationWeight > 0; s++)
        {
            for (int i = 0; i < _groupCounts[s]; i++)
            {
                share[_groups[g++].StudentRow(_options.Merge)] = 1.0 / _groupCounts[s];
            }
        }

        var inputs = new LossInputs { LogProb = logProbs, RowStarts = rowStarts, Divergence = distances, Columns = columns };
        var gradients = new LossGradients { LogProb = dLogProbs, Divergence = dDistances };
        return new UniversalLoss(options).Evaluate(inputs, new StepCounts(rowStarts.Length - 1, logProbs.Length), gradients, new MetricAccumulator(MetricAveraging.Items));
    }

    private static UniversalOptions Options(JsonElement options) => new()
    {
        CrossEntropyWeight = options.GetProperty("crossentropy_weight").Number(),
        DistillationWeight = options.GetProperty("distillation_weight").Number(),
        StudentTemperature = options.GetProperty("student_temperature").Number(),
        TeacherTemperature = options.GetProperty("teacher_temperature").Number(),
        SkipsStudentEos = options.GetProperty("skip_student_eos").GetBoolean(),
        SkipsTeacherEos = options.GetProperty("skip_teacher_eos").GetBoolean(),
        IsAligned = options.GetProperty("use_extended_uld").GetBoolean(),
        Merge = options.GetProperty("token_merge_strategy").GetString() switch
        {
            "bayesian" => MergeStrategy.Bayesian,
            "observed" => MergeStrategy.Observed,
            string strategy => throw new InvalidOperationException($"token_merge_strategy: unknown value {strategy}"),
            null => throw new InvalidOperationException("token_merge_strategy: not set"),
        },
        IsHybrid = options.GetProperty("use_hybrid_loss").GetBoolean(),
        MatchedWeight = Nullable(options.GetProperty("hybrid_matched_weight")),
        UnmatchedWeight = Nullable(options.GetProperty("hybrid_unmatched_weight")),
    };

    private static double? Nullable(JsonElement value) => value.ValueKind == JsonValueKind.Null ? null : value.Number();

    /// <summary>One model's block [B, T, V].</summary>
    private sealed class Side
    {
        public Side(JsonElement batch, string name, bool skipsEos, MergeStrategy merge)
        {
            JsonElement logits = batch.GetProperty($"{name}_logits");
            Width = logits[0].GetArrayLength();
            Vocabulary = logits[0][0].GetArrayLength();
            Logits = logits.Numbers();
            Labels = [.. batch.GetProperty($"{name}_labels").Numbers().Select(x => (int)x)];
            Ids = [.. batch.GetProperty($"{name}_input_ids").Numbers().Select(x => (int)x)];
            JsonElement offsets = batch.GetProperty($"{name}_byte_offsets");
            int sequences = logits.GetArrayLength();
            (Rows, Ends) = (new int[sequences][], new int[sequences][]);
            for (int s = 0; s < sequences; s++)
            {
                int[] labelled = [.. Enumerable.Range(s * Width, Width).Where(row => Labels[row] != -100)];
                int size = Math.Max(0, labelled.Length - (skipsEos ? 1 : 0));

                // TRL's answer is as long as there are labels, from the first one on.
                Tokens.AddRange(Enumerable.Range(labelled.Length == 0 ? 0 : labelled[0], size));
                Rows[s] = [.. Tokens.TakeLast(size).Select(row => row - (merge == MergeStrategy.Bayesian ? 1 : 0))];
                Ends[s] = [.. Tokens.TakeLast(size).Select(row => offsets[s][row - (s * Width)][1].GetInt32())];
            }
        }

        public int Width { get; }

        public int Vocabulary { get; }

        public double[] Logits { get; }

        public int[] Labels { get; }

        /// <summary>Rows of the block whose distributions are compared, sequence by sequence.</summary>
        public int[][] Rows { get; }

        public int[][] Ends { get; }

        public int[] All => [.. Rows.SelectMany(rows => rows)];

        /// <summary>Rows that predict a labelled token.</summary>
        public int[] Predicting => [.. Enumerable.Range(0, Labels.Length - 1).Where(row => (row + 1) % Width != 0 && Labels[row + 1] != -100)];

        private int[] Ids { get; }

        private List<int> Tokens { get; } = [];

        public int[] RowStarts()
        {
            int[] starts = new int[Rows.Length + 1];
            for (int s = 0; s < Rows.Length; s++)
            {
                starts[s + 1] = starts[s] + Rows[s].Length;
            }

            return starts;
        }

        public VocabularyRows Upload(Arena arena, int[] rows, out Tensor targets)
        {
            Tensor x = arena.Take(new Shape(rows.Length, Vocabulary));
            Tensor w = arena.Take(new Shape(Vocabulary, Vocabulary));
            double[] identity = new double[Vocabulary * Vocabulary];
            for (int v = 0; v < Vocabulary; v++)
            {
                identity[(v * Vocabulary) + v] = 1;
            }

            arena.Backend.UploadReal([.. rows.SelectMany(row => Logits.Skip(row * Vocabulary).Take(Vocabulary))], x);
            arena.Backend.UploadReal(identity, w);
            targets = arena.Take(new Shape(rows.Length), DType.I32);
            arena.Backend.Upload<int>([.. Tokens.Select(token => Ids[token]).Concat(new int[rows.Length]).Take(rows.Length)], targets);
            return new VocabularyRows(x, w, Tensor.None, Tensor.None);
        }

        public void Scatter(Backend backend, Tensor dx, int[] rows, double[] into)
        {
            double[] values = new double[dx.Length];
            backend.DownloadReal(dx, values);
            for (int i = 0; i < values.Length; i++)
            {
                into[(rows[i / Vocabulary] * Vocabulary) + (i % Vocabulary)] += values[i];
            }
        }
    }
}
