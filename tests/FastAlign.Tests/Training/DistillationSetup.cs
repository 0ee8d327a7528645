using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.Models;
using FastAlign.Tests.Invariance;

namespace FastAlign.Tests.Training;

/// <summary>A student, a teacher of another width over the same vocabulary, and a loss between them.</summary>
internal sealed class DistillationSetup : IDisposable
{
    public const int Examples = 7;
    public const int LongestTokens = 40;

    private readonly ParameterSet _taught;
    private readonly DecoderModel _teacher;

    /// <param name="backend">Where all lies.</param>
    /// <param name="loss">One of <see cref="Losses"/>.</param>
    /// <param name="vocabulary">V.</param>
    /// <param name="isSelf">The teacher has the student's shape and weights.</param>
    public DistillationSetup(Backend backend, string loss, int vocabulary = RandomDecoder.Vocab, bool isSelf = false)
    {
        Spec = RandomDecoder.Spec("rms-gated") with { MaxPositions = LongestTokens, Vocab = vocabulary };
        Weights = RandomDecoder.Weights(Spec, backend, 1);
        int others = loss.StartsWith("uld", StringComparison.Ordinal) ? vocabulary + 4 : vocabulary;
        DecoderSpec other = isSelf ? Spec : RandomDecoder.Spec("capped-interleaved") with { MaxPositions = LongestTokens, Vocab = others, Hidden = 12, Layers = 1 };
        _taught = RandomDecoder.Weights(other, backend, isSelf ? 1ul : 2);
        _teacher = new DecoderModel(other, _taught, LongestTokens);
        var sequences = new SftExample[Examples];
        for (int i = 0; i < sequences.Length; i++)
        {
            int[] ids = RandomDecoder.Ids(5 + (i * 11 % 23), i);
            int[] labels = [.. ids.Select((id, t) => t < 2 ? SftExample.Ignored : id)];
            sequences[i] = new SftExample(i, ids, labels, []);
        }

        if (loss.StartsWith("uld", StringComparison.Ordinal))
        {
            Task = Universal(loss, sequences, other);
            return;
        }

        TeacherOptions options = Options(loss);
        Task = new TrainingTask(new SequenceData(sequences), options.Loss) { Teacher = new VocabularyTeacher(_teacher, options) };
    }

    /// <summary>Losses of one vocabulary, whose scratch does not depend on its size.</summary>
    public static IReadOnlyList<string> Streamed => [.. Losses.Where(static loss => !loss.StartsWith("uld", StringComparison.Ordinal))];

    /// <summary>Every loss, every divergence, with and without a temperature of its own.</summary>
    public static IReadOnlyList<string> Losses { get; } = ["js", "forward-kl", "reverse-kl-hot", "top-k-tail", "top-k-union", "sampled", "iw_opd", "minillm", "minillm-hot", "uld", "uld-hybrid"];

    public DecoderSpec Spec { get; }

    public ParameterSet Weights { get; }

    public TrainingTask Task { get; }

    public static TeacherOptions Options(string loss)
    {
        var divergence = new DivergenceLoss("gkd", Normalizer.Tokens, ImportanceClip.None);
        var miniLlm = new MiniLlmLoss(new MiniLlmOptions { Gamma = 0.9 });
        return loss switch
        {
            "js" => new TeacherOptions { Loss = divergence },
            "forward-kl" => new TeacherOptions { Loss = divergence, Beta = 0 },
            "reverse-kl-hot" => new TeacherOptions { Loss = divergence, Beta = 1, Temperature = 1.7 },
            "top-k-tail" => new TeacherOptions { Loss = divergence, Beta = 1, Divergence = static () => new SupportDivergence(SupportSource.Student, 3, true) },
            "top-k-union" => new TeacherOptions { Loss = divergence, Divergence = static () => new SupportDivergence(SupportSource.Student | SupportSource.Teacher, 3, false) },
            "sampled" => new TeacherOptions { Loss = new SampledTokenLoss(Normalizer.SequenceMeans, ImportanceClip.None) },
            "iw_opd" => new TeacherOptions { Loss = new WeightedOnPolicyLoss(1, 1e-8, Normalizer.Tokens) },
            "minillm" => new TeacherOptions { Loss = miniLlm, Beta = 1 },
            "minillm-hot" => new TeacherOptions { Loss = miniLlm, Beta = 1, Temperature = 1.5 },
            _ => throw new ArgumentOutOfRangeException(nameof(loss), loss, null),
        };
    }

    /// <summary>The teacher reads other tokens, some more and some fewer; stretches of one to three tokens on either side, and rows in none.</summary>
    private TrainingTask Universal(string loss, SftExample[] sequences, DecoderSpec teacher)
    {
        var options = new UniversalOptions
        {
            IsHybrid = loss == "uld-hybrid",
            Merge = loss == "uld-hybrid" ? MergeStrategy.Observed : MergeStrategy.Bayesian,
            StudentTemperature = 1.3,
            TeacherTemperature = 0.8,
            CrossEntropyWeight = loss == "uld-hybrid" ? 0 : 0.4,
        };
        var examples = new CrossTokenizerExample[sequences.Length];
        for (int i = 0; i < examples.Length; i++)
        {
            int[] ids = [.. RandomDecoder.Ids(6 + (i * 7 % 29), i + 100).Select(id => id + (id % 3 == 0 ? 4 : 0))];
            int rows = sequences[i].Labels.Count(label => label != SftExample.Ignored);
            var groups = new List<TokenGroup>();
            for ((int s, int t) = (i % 2, 0); s + 1 + (s % 3) <= rows && t + 1 + (t % 2) < ids.Length; s += 1 + (s % 3), t += 1 + (t % 2))
            {
                groups.Add(new TokenGroup(s, 1 + (s % 3), t, 1 + (t % 2)));
            }

            examples[i] = new CrossTokenizerExample(sequences[i], new SftExample(i, ids, ids, []), [.. groups]);
        }

        (int, int)[] matched = [.. Enumerable.Range(0, 5).Select(id => (id, 16 - id))];
        var distance = new UniversalDistance(Spec.Vocab, teacher.Vocab, matched, options, 0.3);
        return new TrainingTask(new CrossTokenizerData(examples, options), new UniversalLoss(options))
        {
            Teacher = new CrossTokenizerTeacher(_teacher, Spec.Head, distance, options),
        };
    }

    /// <summary>Loss and gradients of all examples, cut into micro-batches.</summary>
    public (double Loss, ParameterSet Gradients) Run(params int[][] microBatches)
    {
        ParameterSet gradients = Weights.ZerosLike();
        using var model = new DecoderModel(Spec, Weights, LongestTokens);
        using var pass = new TrainingPass(model, new DecoderGradients(Spec, gradients), ActivationMode.Save, 1 << 22);
        StepCounts counts = Task.Data.Counts([.. microBatches.SelectMany(b => b)]);
        double loss = 0;
        foreach (int[] batch in microBatches)
        {
            loss += pass.Train(Task, Task.Data.Build(batch), batch, counts, new MetricAccumulator(MetricAveraging.Items));
        }

        return (loss, gradients);
    }

    public void Dispose()
    {
        _teacher.Dispose();
        _taught.Dispose();
        Weights.Dispose();
    }
}
