using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.Kernels.Conformance;
using FastAlign.Models;

namespace FastAlign.Tests.Invariance;

/// <summary>
/// Is the backward pass of a whole model the derivative of its forward pass? Central differences in double on the reference backend, parameter by parameter
/// along random directions, for every kind of decoder.
/// </summary>
public sealed class ModelGradientTests
{
    private const double Step = 1e-5;

    /// <summary>Rounding of a loss of order 10 over 2 h: 10 * 100 additions * 2^-53 / 1e-5, about 1e-8. A wrong term is of the order of the gradient, above 1e-3.</summary>
    private const double Rounding = 1e-8;

    public static IEnumerable<TheoryDataRow<string>> Kinds() => RandomDecoder.Kinds.Select(kind => new TheoryDataRow<string>(kind));

    [Theory, MemberData(nameof(Kinds))]
    public void DpoLoss_SharedPrompts_GradientIsTheDerivative(string kind)
    {
        using var bench = new Bench(kind);
        using ParameterSet other = RandomDecoder.Weights(bench.Spec, bench.Backend, 2);
        using var reference = new DecoderModel(bench.Spec, other, RandomDecoder.Positions);
        var data = new PreferenceData(RandomDecoder.Pairs(3));
        var task = new TrainingTask(data, PairLosses.Dpo(new DpoOptions { Beta = 0.3, LabelSmoothing = 0.1 }), new FrozenReference(reference));

        bench.CheckTask(task, [0, 1, 2]);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void NllLoss_PackedDocuments_GradientIsTheDerivative(string kind)
    {
        using var bench = new Bench(kind);
        int[] labels = RandomDecoder.Ids(14, 50);
        SftExample[] examples =
        [
            new(0, RandomDecoder.Ids(14, 50), [.. labels.Select((id, t) => t % 4 == 1 ? SftExample.Ignored : id)], [5, 9]),
            new(1, RandomDecoder.Ids(6, 51), RandomDecoder.Ids(6, 51), []),
        ];

        bench.CheckTask(new TrainingTask(new SequenceData(examples), TokenLoss.Nll()), [0, 1]);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void LogProbsAndEntropies_Forest_GradientIsTheDerivative(string kind)
    {
        using var bench = new Bench(kind);
        TokenBatch batch = RandomDecoder.Forest();
        double[] dLogProb = RandomDecoder.Normals(batch.RowCount, 5, 0);
        double[] dEntropy = RandomDecoder.Normals(batch.RowCount, 5, 1);
        using var arena = new Arena(bench.Backend, 1 << 22);
        var head = new LogProbHead(bench.Model);
        const float Temperature = 1.5f;

        bench.Check(gradients => Loss(ActivationMode.Recompute, gradients));

        double Loss(ActivationMode mode, DecoderGradients? gradients)
        {
            arena.Reset();
            var tensors = BatchTensors.Upload(batch, arena);
            var activations = new DecoderActivations();
            Tensor hidden = bench.Model.Forward(tensors, gradients is null ? ActivationMode.None : mode, activations, arena);
            HeadActivations outputs = head.Forward(hidden, tensors, HeadStatistics.Entropy, arena, Temperature);
            if (gradients is not null)
            {
                Tensor dHidden = arena.Take(hidden.Shape);
                head.Backward(outputs, tensors, Upload(arena, dLogProb), Upload(arena, dEntropy), dHidden, gradients, arena, Temperature);
                bench.Model.Backward(tensors, activations, dHidden, gradients, arena);
            }

            return Dot(outputs.Outputs.LogProb, dLogProb) + Dot(outputs.Outputs.Entropy, dEntropy);
        }
    }

    /// <summary>A head that stands still gives the layers the gradients that one gives which learns, and learns nothing.</summary>
    [Theory, MemberData(nameof(Kinds))]
    public void FrozenHead_Forest_LayersLearnTheSame(string kind)
    {
        // Sums of a few hundred terms in double err by 1e-13 of the largest; a missing term shows at 1e-3.
        const double Limit = 1e-11;
        DecoderSpec spec = RandomDecoder.Spec(kind) with { IsHeadTied = false };
        using var backend = new ReferenceBackend();
        using ParameterSet weights = RandomDecoder.Weights(spec, backend, 1);
        using var model = new DecoderModel(spec, weights, RandomDecoder.Positions);
        using var arena = new Arena(backend, 1 << 22);
        TokenBatch batch = RandomDecoder.Forest();
        double[] dLogProb = RandomDecoder.Normals(batch.RowCount, 5, 0);
        using ParameterSet learning = Gradients(isFrozen: false);
        using ParameterSet frozen = Gradients(isFrozen: true);

        new DecoderGradients(spec, learning).Weights.Head.HostSpan<double>().Clear();
        foreach (ParameterSpec parameter in learning.Specs)
        {
            double[] expected = learning[parameter.Name].HostSpan<double>().ToArray();
            double[] actual = frozen[parameter.Name].HostSpan<double>().ToArray();
            double scale = expected.Max(Math.Abs);
            Assert.All(expected.Zip(actual), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, Limit * scale));
        }

        ParameterSet Gradients(bool isFrozen)
        {
            arena.Reset();
            ParameterSet set = weights.ZerosLike();
            var gradients = new DecoderGradients(spec, set);
            var head = new LogProbHead(model) { IsFrozen = isFrozen };
            var tensors = BatchTensors.Upload(batch, arena);
            var activations = new DecoderActivations();
            Tensor hidden = model.Forward(tensors, ActivationMode.Save, activations, arena);
            HeadActivations outputs = head.Forward(hidden, tensors, HeadStatistics.None, arena);
            Tensor dHidden = arena.Take(hidden.Shape);
            head.Backward(outputs, tensors, Upload(arena, dLogProb), Tensor.None, dHidden, gradients, arena);
            model.Backward(tensors, activations, dHidden, gradients, arena);
            return set;
        }
    }

    public static IEnumerable<TheoryDataRow<string, int>> ScoreHeads() =>
        from kind in RandomDecoder.Kinds
        from hidden in (int[])[0, 5]
        select new TheoryDataRow<string, int>(kind, hidden);

    [Theory, MemberData(nameof(ScoreHeads))]
    public void Scores_Forest_GradientIsTheDerivative(string kind, int headHidden)
    {
        const int Labels = 3;
        using var bench = new Bench(kind, Labels, headHidden);
        TokenBatch batch = RandomDecoder.Forest();
        double[] dScores = RandomDecoder.Normals(batch.RowCount * Labels, 6, 0);
        using var arena = new Arena(bench.Backend, 1 << 22);
        var head = new ScoreHead(bench.Model);

        bench.Check(gradients =>
        {
            arena.Reset();
            var tensors = BatchTensors.Upload(batch, arena);
            var activations = new DecoderActivations();
            Tensor hidden = bench.Model.Forward(tensors, gradients is null ? ActivationMode.None : ActivationMode.Save, activations, arena);
            (HeadActivations saved, Tensor scores) = head.Forward(hidden, arena);
            if (gradients is not null)
            {
                Tensor dHidden = arena.Take(hidden.Shape);
                head.Backward(saved, Upload(arena, dScores).Reshape(scores.Shape), dHidden, gradients, arena);
                bench.Model.Backward(tensors, activations, dHidden, gradients, arena);
            }

            return Dot(scores, dScores);
        });
    }

    public static IEnumerable<TheoryDataRow<string, string, int>> JudgingLosses() =>
        from kind in (string[])["rms-gated", "tied", "layer-norm"]
        from loss in RewardLosses.Names
        from hidden in loss == "odin" ? (int[])[0] : [0, 5]
        select new TheoryDataRow<string, string, int>(kind, loss, hidden);

    [Theory, MemberData(nameof(JudgingLosses))]
    public void JudgingLoss_SharedPrompts_GradientIsTheDerivative(string kind, string name, int headHidden)
    {
        const int Samples = 2;
        using var bench = new Bench(kind, RewardLosses.Labels(name), headHidden);
        ILoss loss = RewardLosses.Create(name, new RewardOptions { Centering = 0.2, ContrastSamples = Samples });
        var data = new JudgedData(Judged(3)) { ContrastSamples = name == "goal_contrast" ? Samples : 0 };

        bench.CheckTask(new TrainingTask(data, loss), [0, 1, 2]);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void StepLabels_AnyDecoder_GradientIsTheDerivative(string kind)
    {
        using var bench = new Bench(kind, 3);
        StepExample[] examples = [.. Enumerable.Range(0, 3).Select(i => new StepExample(
            i, RandomDecoder.Ids(8 + i, 60 + i), [.. Enumerable.Range(0, 8 + i).Select(t => t % 3 == 2 ? (t + i) % 3 : SftExample.Ignored)]))];

        bench.CheckTask(new TrainingTask(new StepData(examples), new StepLabelLoss()), [0, 1, 2]);
    }

    [Fact]
    public void AllHeadsAtOnce_TiedDecoder_GradientIsTheDerivative()
    {
        using var bench = new Bench("tied", 2);

        bench.CheckTask(new TrainingTask(new PreferenceData(RandomDecoder.Pairs(3)), new LinearLoss()), [0, 1, 2]);
    }

    /// <summary>The weights of a head with a hidden layer are no rows in the space of hidden states, where a loss would put them.</summary>
    [Fact]
    public void ScoreWeights_OfAHeadWithAHiddenLayer_AreRefused()
    {
        using var bench = new Bench("tied", 2, headHidden: 5);
        var task = new TrainingTask(new PreferenceData(RandomDecoder.Pairs(3)), new LinearLoss());

        Assert.Contains("hidden layer of 5", Assert.Throws<InputException>(() => bench.CheckTask(task, [0])).Message, StringComparison.Ordinal);
    }

    /// <summary>Pairs with a label each, in lists of two, so that every loss can read them.</summary>
    private static JudgedExample[] Judged(int count) => [.. RandomDecoder.Pairs(count).Select(pair => new JudgedExample(
        pair.Row, pair.Prompt, [pair.Chosen, pair.Rejected], [pair.Chosen.Length - 1, -1]) { Labels = [1, 0], Safe = [1, 0], Margin = 0.1 })];

    /// <summary>A random combination of everything that a loss can read.</summary>
    private sealed class LinearLoss : ILoss
    {
        public string Name => "linear";

        public bool NeedsReference => false;

        public ModelHeads Heads => ModelHeads.LogProb | ModelHeads.Score | ModelHeads.Embedding | ModelHeads.ScoreWeights;

        public IReadOnlyList<string> Warnings => [];

        public double Evaluate(in LossInputs inputs, StepCounts step, in LossGradients gradients, MetricAccumulator metrics)
        {
            inputs.Validate();
            return Term(inputs.LogProb, gradients.LogProb, 1) + Term(inputs.Scores, gradients.Scores, 2)
                + Term(inputs.Embeddings, gradients.Embeddings, 3) + Term(inputs.ScoreWeights, gradients.ScoreWeights, 4);
        }

        private static double Term(ReadOnlySpan<double> values, Span<double> derivatives, int stream)
        {
            Assert.Equal(values.Length, derivatives.Length);
            RandomDecoder.Normals(values.Length, 9, stream).CopyTo(derivatives);
            double sum = 0;
            for (int i = 0; i < values.Length; i++)
            {
                sum += values[i] * derivatives[i];
            }

            return sum;
        }
    }

    private static Tensor Upload(Arena arena, double[] values)
    {
        Tensor tensor = arena.Take(new Shape(values.Length));
        arena.Backend.UploadReal(values, tensor);
        return tensor;
    }

    private static double Dot(Tensor tensor, double[] weights) => tensor.HostSpan<double>().ToArray().Zip(weights, (x, w) => x * w).Sum();

    /// <summary>A random model in double, and its derivative by difference quotients.</summary>
    private sealed class Bench : IDisposable
    {
        private readonly ParameterSet _weights;

        public Bench(string kind, int labels = 0, int headHidden = 0)
        {
            Spec = RandomDecoder.Spec(kind);
            _weights = RandomDecoder.Weights(Spec, Backend, 1, labels, headHidden);
            Model = new DecoderModel(Spec, _weights, RandomDecoder.Positions);
        }

        public ReferenceBackend Backend { get; } = new();

        public DecoderSpec Spec { get; }

        public DecoderModel Model { get; }

        public void CheckTask(TrainingTask task, int[] examples)
        {
            TokenBatch batch = task.Data.Build(examples);
            StepCounts counts = task.Data.Counts(examples);
            var metrics = new MetricAccumulator(MetricAveraging.Items);
            Check(gradients =>
            {
                using var pass = new TrainingPass(Model, gradients, ActivationMode.Save, 1 << 22);
                return gradients is null ? pass.Evaluate(task, batch, examples, counts, metrics) : pass.Train(task, batch, examples, counts, metrics);
            });
        }

        /// <param name="loss">The loss at the present weights; adds its gradient where one is asked for.</param>
        public void Check(Func<DecoderGradients?, double> loss)
        {
            using ParameterSet set = _weights.ZerosLike();
            loss(new DecoderGradients(Spec, set));
            for (int k = 0; k < set.Specs.Count; k++)
            {
                string name = set.Specs[k].Name;
                double[] gradient = set[name].HostSpan<double>().ToArray();
                double[] direction = RandomDecoder.Normals(gradient.Length, 9, k, 1 / Math.Sqrt(gradient.Length));
                double analytic = gradient.Zip(direction, (g, d) => g * d).Sum();
                double quotient = (At(loss, name, direction, Step) - At(loss, name, direction, -Step)) / (2 * Step);
                double scale = gradient.Zip(direction, (g, d) => Math.Abs(g * d)).Sum();
                Assert.True(
                    Math.Abs(quotient - analytic) <= Rounding + (GradientCheck.Tolerance * scale), $"{name}: backward gives {analytic:R}, the difference quotient {quotient:R}");
            }
        }

        public void Dispose()
        {
            Model.Dispose();
            _weights.Dispose();
            Assert.Equal(0, Backend.LiveBuffers);
            Backend.Dispose();
        }

        private double At(Func<DecoderGradients?, double> loss, string name, double[] direction, double step)
        {
            Span<double> weights = _weights[name].HostSpan<double>();
            double[] start = weights.ToArray();
            for (int i = 0; i < direction.Length; i++)
            {
                weights[i] += step * direction[i];
            }

            double value = loss(null);
            start.CopyTo(_weights[name].HostSpan<double>());
            return value;
        }
    }
}
