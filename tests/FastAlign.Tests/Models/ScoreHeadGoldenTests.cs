using FastAlign.Core;
using FastAlign.Cpu;
using FastAlign.IO.Checkpoints;
using FastAlign.Kernels.Conformance;
using FastAlign.Models;

namespace FastAlign.Tests;

/// <summary>Reward and token-classification heads: scores, losses and all gradients of transformers.</summary>
[Trait("Category", Goldens.Category)]
public sealed class ScoreHeadGoldenTests
{
    private const int Ignored = -100;

    // Limits of goldens/models/README.md, as in GoldenModelTests; all fields compared by Value are F64.
    private static readonly Limits Float32 = new(3e-5, 3e-5, 2e-5);
    private static readonly Limits Float64 = new(1e-11, 1e-6, 1e-6);

    public static IEnumerable<TheoryDataRow<string>> Rewards() => ModelGolden.Families(c => c.EndsWith("ForSequenceClassification", StringComparison.Ordinal), showsUnknown: true);

    /// <summary>None in the compact goldens, to keep them small: without the full set these tests are skipped.</summary>
    public static IEnumerable<TheoryDataRow<string>> Classifiers() => ModelGolden.Families(c => c.EndsWith("ForTokenClassification", StringComparison.Ordinal), showsUnknown: true);

    [Theory(SkipTestWithoutData = true), MemberData(nameof(Rewards))]
    public void Reward_ReferenceBackend_MatchesGolden(string family) => CompareRewards(family, new ReferenceBackend(), Float64);

    [Theory(SkipTestWithoutData = true), MemberData(nameof(Rewards))]
    public void Reward_HostBackend_MatchesGolden(string family) => CompareRewards(family, new CpuBackend(2), Float32);

    [Theory(SkipTestWithoutData = true), MemberData(nameof(Classifiers))]
    public void TokenLabels_ReferenceBackend_MatchGolden(string family) => CompareLabels(family, new ReferenceBackend(), Float64);

    [Theory(SkipTestWithoutData = true), MemberData(nameof(Classifiers))]
    public void TokenLabels_HostBackend_MatchGolden(string family) => CompareLabels(family, new CpuBackend(2), Float32);

    /// <summary>Every token is scored; the reward is the last one's, so only its gradient is not 0.</summary>
    private static void CompareRewards(string family, Backend backend, Limits limits)
    {
        using var bench = new Bench(family, backend, limits);
        double[] c = bench.Golden.Reals("c");

        bench.Compare(sequence: (k, scores) =>
        {
            bench.Close($"token_scores_{k}", scores);
            bench.Close($"reward_{k}", scores[^1..]);
            double[] gradient = new double[scores.Length];
            gradient[^1] = c[k];
            return gradient;
        });
    }

    /// <summary>Mean cross-entropy over the labelled tokens of each sequence; label t belongs to token t.</summary>
    private static void CompareLabels(string family, Backend backend, Limits limits)
    {
        using var bench = new Bench(family, backend, limits);

        bench.Compare(sequence: (k, scores) =>
        {
            int[] labels = bench.Golden.Ids($"labels_{k}");
            int width = scores.Length / labels.Length;
            int count = labels.Count(label => label != Ignored);
            double[] gradient = new double[scores.Length];
            double loss = 0;
            for (int t = 0; t < labels.Length; t++)
            {
                if (labels[t] != Ignored)
                {
                    double[] row = scores[(t * width)..((t + 1) * width)];
                    double logZ = row.Max() + Math.Log(row.Sum(z => Math.Exp(z - row.Max())));
                    loss += (logZ - row[labels[t]]) / count;
                    for (int j = 0; j < width; j++)
                    {
                        gradient[(t * width) + j] = (Math.Exp(row[j] - logZ) - (j == labels[t] ? 1 : 0)) / count;
                    }
                }
            }

            bench.Close($"logits_{k}", scores);
            bench.Close($"loss_{k}", [loss]);
            return gradient;
        });
    }

    /// <summary>A classifier, both golden sequences as one batch, every token a source.</summary>
    private sealed class Bench : IDisposable
    {
        private readonly Backend _backend;
        private readonly Limits _limits;
        private readonly LoadedModel _checkpoint;
        private readonly DecoderModel _model;
        private readonly ParameterSet _gradients;
        private readonly Arena _arena;

        public Bench(string family, Backend backend, Limits limits)
        {
            (_backend, _limits) = (backend, limits);
            Golden = new ModelGolden(family);
            _checkpoint = HfCheckpoint.Load(Golden.Folder, backend);
            _model = new DecoderModel(_checkpoint.Spec, _checkpoint.Parameters, _checkpoint.Spec.MaxPositions);
            _gradients = _checkpoint.Parameters.ZerosLike();
            _arena = new Arena(backend, 16 << 20);
        }

        public ModelGolden Golden { get; }

        /// <param name="sequence">Checks the scores of sequence k and gives the gradient by them.</param>
        public void Compare(Func<int, double[], double[]> sequence)
        {
            int first = Golden.Ids("ids_0").Length;
            var tensors = BatchTensors.Upload(Batch(), _arena);
            var activations = new DecoderActivations();
            var head = new ScoreHead(_model);
            Tensor hidden = _model.Forward(tensors, ActivationMode.Save, activations, _arena);
            (HeadActivations saved, Tensor scores) = head.Forward(hidden, _arena);
            double[] all = new double[scores.Length];
            _backend.DownloadReal(scores, all);
            int split = first * scores.Shape[1];

            Tensor dScores = _arena.Take(scores.Shape);
            _backend.UploadReal([.. sequence(0, all[..split]), .. sequence(1, all[split..])], dScores);
            var gradients = new DecoderGradients(_checkpoint.Spec, _gradients);
            Tensor dHidden = _arena.Take(hidden.Shape);
            head.Backward(saved, dScores, dHidden, gradients, _arena);
            _model.Backward(tensors, activations, dHidden, gradients, _arena);
            CompareGradients();
        }

        public void Close(string field, double[] actual)
        {
            double worst = ModelGolden.MaxDifference(Golden.Reals(field), actual);
            Assert.True(worst <= _limits.Value, $"{field}: difference {worst:E2}, limit {_limits.Value:E0}");
        }

        public void Dispose()
        {
            _arena.Dispose();
            _gradients.Dispose();
            _model.Dispose();
            _checkpoint.Dispose();
            Golden.Dispose();
            _backend.Dispose();
        }

        private TokenBatch Batch()
        {
            var builder = new TokenBatchBuilder();
            int source = 0;
            for (int k = 0; k < 2; k++)
            {
                int[] ids = Golden.Ids($"ids_{k}");
                builder.AddSegment(ids);
                for (int t = 0; t < ids.Length; t++)
                {
                    builder.AddRow(source++, 0);
                }

                builder.EndSequence();
            }

            return builder.Build();
        }

        private void CompareGradients()
        {
            string[] names = [.. Golden.Names.Where(n => n.StartsWith("grad.", StringComparison.Ordinal))];
            Assert.NotEmpty(names);
            foreach (CheckpointTensor tensor in Architecture.Of(_checkpoint.Config).Tensors(_checkpoint.Spec, _checkpoint.Score))
            {
                double[] expected = Golden.Reals($"grad.{tensor.Name}");
                double[] actual = new double[expected.Length];
                _gradients.Export(tensor, actual);
                double scale = Math.Max(expected.Max(Math.Abs), 0.01 * Golden.GradMaxAbs);
                double worst = ModelGolden.MaxDifference(expected, actual) / scale;
                Assert.True(worst <= _limits.Gradient, $"{tensor.Name}: relative difference {worst:E2}, limit {_limits.Gradient:E0}");
            }
        }
    }
}
