using System.Text.Json;
using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.Cpu;
using FastAlign.IO.Checkpoints;
using FastAlign.IO.Safetensors;
using FastAlign.Models;

namespace FastAlign.Tests;

/// <summary>
/// Training runs of TRL's trainers, step by step: loss, gradient norm, learning rate, metrics, final weights. From the stored batches; that our own
/// preprocessing makes the same batches from the raw rows is TrainingBatchGoldenTests.
/// </summary>
[Trait("Category", Goldens.Category)]
public sealed class TrajectoryTests
{
    private static readonly HashSet<string> Supported = ["nll", "dft"];

    public static IEnumerable<TheoryDataRow<string>> Runs()
    {
        foreach (string path in Directory.GetFiles(Goldens.Path("training", "traj"), "*.json").Order(StringComparer.Ordinal))
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(path));
            if (json.RootElement.TryGetProperty("trainer", out JsonElement trainer) && trainer.GetString() != RewardTrajectoryTests.Trainer && !RolloutTrajectoryTests.IsOurs(trainer.GetString()!))
            {
                string name = Path.GetFileNameWithoutExtension(path);
                yield return new TheoryDataRow<string>(name) { Skip = Missing(name, trainer.GetString()!, json.RootElement.GetProperty("method_arguments")) };
            }
        }
    }

    [Theory, MemberData(nameof(Runs))]
    public void Run_StoredBatches_MatchesTrl(string name)
    {
        var expected = new Trajectory(name);
        using var backend = new CpuBackend(2);
        using LoadedModel model = HfCheckpoint.Load(Goldens.DataPath("stories260k", "hf"), backend);
        StoredBatches batches = expected.Batches();
        using ParameterSet frozen = model.Parameters.Clone();
        using var reference = new DecoderModel(model.Spec, frozen, batches.LongestTokens);
        ILoss loss = expected.IsJudged ? Judged(expected.Method) : expected.IsPaired ? PairedRuns.Loss(expected.Trainer, expected.Method) : TokenLoss.Create(expected.Method.TryGetProperty("loss_type", out JsonElement kind) ? kind.GetString()! : "nll");
        // Judged completions come with a second sequence each, so that an example must stay one; their micro-batches have one size.
        int size = expected.IsJudged ? batches.Members.Select(members => members.Length).Distinct().Single() : 1;
        ITrainingData data = expected.IsJudged ? batches.Data : new ReplayedData(batches);
        var task = new TrainingTask(data, loss, loss.NeedsReference ? new FrozenReference(reference) : null);
        TrainingOptions options = expected.Options(batches.Members.Count) with { BatchSize = size };
        options = expected.IsPaired ? PairedRuns.Options(expected.Method, options) : options;
        using var trainer = new Trainer(model.Spec, model.Parameters, batches.LongestTokens, task, null, options);

        foreach (JsonElement step in expected.Steps)
        {
            CompareStep(expected, step, trainer.Step());
        }

        CompareFinal(expected, model);
    }

    private static ILoss Judged(JsonElement method) => UnpairedLosses.Create(
        method.TryGetProperty("loss_type", out JsonElement type) ? type.GetString()! : "kto",
        new UnpairedOptions
        {
            Beta = method.Number("beta", 0.1),
            DesirableWeight = method.Number("desirable_weight", 1),
            UndesirableWeight = method.Number("undesirable_weight", 1),
            KlScope = KlScope.MicroBatch,
        });

    internal static void CompareStep(Trajectory expected, JsonElement step, TrainingReport report)
    {
        Close(step.GetProperty("loss").Number(), report["loss"], expected.LossLimit, $"step {report.Step} loss");
        Close(step.GetProperty("grad_norm").Number(), report["grad_norm"], expected.NormLimit, $"step {report.Step} grad_norm");
        Close(step.GetProperty("learning_rate").Number(), report["learning_rate"], 1e-12, $"step {report.Step} learning_rate");
        foreach (JsonProperty metric in step.GetProperty("metrics").EnumerateObject())
        {
            // The experimental trainers average logits over padding, too, which we do not have.
            if (expected.Trainer.StartsWith("trl.experimental.", StringComparison.Ordinal) && metric.Name.StartsWith("logits/", StringComparison.Ordinal))
            {
                continue;
            }

            // Rewards are beta times differences of log-prob sums of about 300 nats, whose own relative limit is LossLimit.
            double scale = metric.Name.StartsWith("rewards/", StringComparison.Ordinal) && metric.Name != "rewards/accuracies"
                ? expected.Method.GetProperty("beta").GetDouble() * Math.Abs(step.GetProperty("metrics").GetProperty("logps/chosen").Number())
                : 0;
            Close(metric.Value.Number(), report[metric.Name], expected.LossLimit, $"step {report.Step} {metric.Name}", scale);
        }
    }

    internal static void CompareFinal(Trajectory expected, LoadedModel model)
    {
        using SafetensorsFile file = expected.FinalWeights();
        IReadOnlyList<CheckpointTensor> tensors = Architecture.Of(model.Config).Tensors(model.Spec, model.Score);
        Assert.NotEmpty(file.Entries);
        foreach (SafetensorsEntry entry in file.Entries)
        {
            CheckpointTensor tensor = tensors.First(t => t.Name == entry.Name);
            double[] actual = new double[entry.Length];
            model.Parameters.Export(tensor, actual);
            double worst = ModelGolden.MaxDifference(file.ReadFloat64(entry.Name), actual);
            Assert.True(worst <= expected.WeightLimit, $"{entry.Name}: difference {worst:E2}, limit {expected.WeightLimit:E2}");
        }
    }

    internal static void Close(double expected, double actual, double relative, string what, double scale = 0) =>
        Assert.True(Math.Abs(expected - actual) <= relative * Math.Max(Math.Abs(expected), scale), $"{what}: expected {expected:R}, got {actual:R}, relative limit {relative:E1}");

    /// <summary>Why a run cannot be replayed yet, or null.</summary>
    private static string? Missing(string name, string trainer, JsonElement method)
    {
        const string Issue = "comes with the issue that adds every preference loss, policy loss and reward model";
        if (trainer == "trl.KTOTrainer")
        {
            string[] unread = [.. method.EnumerateObject().Select(p => p.Name).Except(["max_length", "beta", "loss_type", "desirable_weight", "undesirable_weight"])];
            return unread.Length == 0 ? null : $"{name}: {string.Join(", ", unread)} {Issue}";
        }

        if (name.Contains("lora", StringComparison.Ordinal))
        {
            return $"{name}: adapters come with the issue that adds LoRA";
        }

        if (PairedRuns.Has(trainer))
        {
            return null;
        }

        if (trainer != "trl.SFTTrainer")
        {
            return $"{name}: {trainer} {Issue}";
        }

        string[] kinds = method.TryGetProperty("loss_type", out JsonElement type)
            ? type.ValueKind == JsonValueKind.Array ? [.. type.EnumerateArray().Select(t => t.GetString()!)] : [type.GetString()!]
            : ["nll"];
        string[] known = ["max_length", "beta", "loss_type", "packing", "packing_strategy", "completion_only_loss"];
        string[] unknown = [.. method.EnumerateObject().Select(p => p.Name).Where(key => !known.Contains(key))];
        return kinds.Length == 1 && Supported.Contains(kinds[0]) && unknown.Length == 0 ? null : $"{name}: loss {string.Join(" + ", kinds)} {string.Join(", ", unknown)} {Issue}";
    }

    /// <summary>Each stored micro-batch is one example, so that the trainer's own batching replays the library's.</summary>
    internal sealed class ReplayedData(ITrainingData inner, IReadOnlyList<int[]> batches) : ITrainingData
    {
        public ReplayedData(StoredBatches batches)
            : this(batches.Data, batches.Members)
        {
        }

        public int Count => batches.Count;

        public HeadStatistics Statistics => inner.Statistics;

        public TokenBatch Build(ReadOnlySpan<int> examples) => inner.Build(Members(examples));

        public StepCounts Counts(ReadOnlySpan<int> examples) => inner.Counts(Members(examples));

        public void Fill(ReadOnlySpan<int> examples, ColumnSet columns) => inner.Fill(Members(examples), columns);

        public long TokenCount(ReadOnlySpan<int> examples) => inner.TokenCount(Members(examples));

        public int RowOf(int example) => example;

        private int[] Members(ReadOnlySpan<int> examples)
        {
            var members = new List<int>();
            foreach (int example in examples)
            {
                members.AddRange(batches[example]);
            }

            return [.. members];
        }
    }
}
