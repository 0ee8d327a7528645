using System.Text.Json;
using FastAlign.Alignment;
using FastAlign.Core;

namespace FastAlign.Tests.Losses;

/// <summary>
/// Golden logits through the streaming heads: the hidden states are the logits and the output embedding is the identity, so the gradient of the hidden
/// states is that of the logits. Masked rows are not scored at all.
/// </summary>
internal sealed class DistillationBatch
{
    public required double[] Student { get; init; }

    public required double[] Teacher { get; init; }

    public required int Vocabulary { get; init; }

    /// <summary>All rows, the masked ones included.</summary>
    public required int[] RowLengths { get; init; }

    public required bool[] IsScored { get; init; }

    public required int[] Targets { get; init; }

    public ColumnSet Columns { get; } = new();

    /// <summary>Reads <c>*_logits</c>, lengths, and whatever says which rows count.</summary>
    public static DistillationBatch FromGolden(JsonElement batch)
    {
        JsonElement logits = batch.GetProperty("student_logits");
        bool isBlock = logits[0][0].ValueKind == JsonValueKind.Array;
        int[] lengths = isBlock ? [.. logits.EnumerateArray().Select(row => row.GetArrayLength())] : Integers(batch.GetProperty("row_lengths"));
        int rows = lengths.Sum();
        double[] student = logits.Numbers();
        int[]? labels = batch.TryGetProperty("labels", out JsonElement given) ? Integers(given) : null;
        int[]? mask = batch.TryGetProperty("mask", out given) ? Integers(given) : null;
        int[]? ids = batch.TryGetProperty("completion_ids", out given) ? Integers(given) : null;
        return new DistillationBatch
        {
            Student = student,
            Teacher = batch.GetProperty("teacher_logits").Numbers(),
            Vocabulary = student.Length / rows,
            RowLengths = lengths,
            IsScored = [.. Enumerable.Range(0, rows).Select(i => labels?[i] != -100 && mask?[i] != 0)],
            Targets = ids ?? new int[rows],
        };
    }

    /// <summary>The rows that count.</summary>
    public int[] Scored => [.. Enumerable.Range(0, IsScored.Length).Where(i => IsScored[i])];

    public (double Loss, double[] DLogits, MetricAccumulator Metrics) Evaluate(Backend backend, ILoss loss, RowDivergence? divergence, DivergenceSpec spec)
    {
        int[] rows = Scored;
        int n = rows.Length;
        var distiller = new Distiller(divergence, spec, (loss as IDistillationLoss)?.IsTempered ?? true);
        using var arena = new Arena(backend, 1 << 22);
        VocabularyRows student = Upload(arena, Student, rows);
        VocabularyRows teacher = Upload(arena, Teacher, rows);
        Tensor targets = arena.Take(new Shape(n), DType.I32);
        backend.Upload<int>([.. rows.Select(i => Targets[i])], targets);
        var outputs = new HeadOutputs(arena.Take(new Shape(n)), arena.Take(new Shape(n)), arena.Take(new Shape(n)));
        var inputs = new HeadInputs(student.X, student.W, Tensor.None, targets);
        backend.Ops.LogProbHeadForward(inputs, distiller.MainHead, outputs);

        double[] taught = new double[n];
        double[] tempered = new double[distiller.HasTemperedLogProbs ? n : 0];
        double[] divergences = new double[distiller.HasDivergence ? n : 0];
        distiller.Forward(student with { LogZ = outputs.LogZ }, teacher, targets, arena, new DistillationValues { TeacherLogProb = taught, Divergence = divergences, TemperedLogProb = tempered });

        double[] dLogProb = new double[n];
        double[] dTempered = new double[tempered.Length];
        double[] dDivergence = new double[divergences.Length];
        var lossInputs = new LossInputs
        {
            LogProb = Download(backend, outputs.LogProb),
            RowStarts = RowStarts(),
            ReferenceLogProb = taught,
            Entropy = Download(backend, outputs.Entropy),
            Divergence = divergences,
            TemperedLogProb = tempered,
            Columns = Columns,
        };
        var metrics = new MetricAccumulator(MetricAveraging.Items);
        double value = loss.Evaluate(lossInputs, StepCounts.Of(RowStarts()), new LossGradients { LogProb = dLogProb, Divergence = dDivergence, TemperedLogProb = dTempered }, metrics);

        Tensor dx = arena.Take(student.X.Shape);
        Tensor upload = arena.Take(new Shape(n));
        backend.UploadReal(dLogProb, upload);
        backend.Ops.LogProbHeadBackward(inputs, distiller.MainHead, outputs, new HeadGradients(upload, Tensor.None, dx, Tensor.None, Tensor.None));
        distiller.Backward(arena, dDivergence, dTempered, new VocabularyGradients(Write.Add, dx, Tensor.None, Tensor.None));
        return (value, Scatter(Download(backend, dx), rows), metrics);
    }

    /// <summary>A column of the rows that count, from one value per row of the batch.</summary>
    public void Fill(Column column, double[] values)
    {
        int[] rows = Scored;
        Span<double> into = Columns.Take(column, rows.Length);
        for (int i = 0; i < rows.Length; i++)
        {
            into[i] = values[rows[i]];
        }
    }

    private int[] RowStarts()
    {
        int[] starts = new int[RowLengths.Length + 1];
        int next = 0;
        for (int s = 0; s < RowLengths.Length; s++)
        {
            starts[s + 1] = starts[s] + IsScored.AsSpan(next, RowLengths[s]).Count(true);
            next += RowLengths[s];
        }

        return starts;
    }

    private VocabularyRows Upload(Arena arena, double[] logits, int[] rows)
    {
        Tensor x = arena.Take(new Shape(rows.Length, Vocabulary));
        Tensor w = arena.Take(new Shape(Vocabulary, Vocabulary));
        double[] identity = new double[Vocabulary * Vocabulary];
        for (int v = 0; v < Vocabulary; v++)
        {
            identity[(v * Vocabulary) + v] = 1;
        }

        arena.Backend.UploadReal([.. rows.SelectMany(i => logits.Skip(i * Vocabulary).Take(Vocabulary))], x);
        arena.Backend.UploadReal(identity, w);
        return new VocabularyRows(x, w, Tensor.None, Tensor.None);
    }

    private double[] Scatter(double[] ofRows, int[] rows)
    {
        double[] all = new double[Student.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            ofRows.AsSpan(i * Vocabulary, Vocabulary).CopyTo(all.AsSpan(rows[i] * Vocabulary));
        }

        return all;
    }

    private static double[] Download(Backend backend, Tensor tensor)
    {
        double[] values = new double[tensor.Length];
        backend.DownloadReal(tensor, values);
        return values;
    }

    private static int[] Integers(JsonElement array) => [.. array.Numbers().Select(x => (int)x)];
}
