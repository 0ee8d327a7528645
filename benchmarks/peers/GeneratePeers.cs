using System.Diagnostics;
using FastAlign.Cpu;
using FastAlign.Kernels.Conformance;
using FastAlign.Models;
using FastAlign.Workloads;
using TorchSharp;

namespace FastAlign.Peers;

/// <summary>
/// Greedy decoding of several continuations of one prompt with a key-value cache, from the first new token to the last: FastAlign's generator against
/// TorchSharp with a cache that is allocated once. Prefill is outside.
/// </summary>
internal static class GeneratePeers
{
    private const int Prompt = 128;
    private const int NewTokens = 64;

    /// <summary>Tokens that both engines must agree on. Later ones may differ where two logits are equal but for rounding.</summary>
    private const int ComparedTokens = 8;

    private static readonly int[] Batches = [1, 8, 32];

    private static DecoderSpec Spec => ModelShapes.SmolLm135M;

    private static double WeightGigabytes => 1e-9 * sizeof(float) * DecoderParameters.Of(Spec).Sum(parameter => parameter.Shape.Length);

    public static IEnumerable<Cell> Cells(Options options) =>
        from threads in options.Threads
        from batch in Batches
        select new Cell("generate", $"135m batch {batch}, {Prompt}+{NewTokens}", threads, () => new OurDecoder(batch, threads), () => new TorchDecoder(batch, threads))
        {
            Work = new Work((double)batch * (NewTokens - 1), "tokens/s"),
        };

    /// <summary>Every step reads all weights once: how fast, as a share of what the threads can read when they do nothing else.</summary>
    public static IEnumerable<string> Remarks(IReadOnlyList<PeerRow> rows)
    {
        foreach (IGrouping<int, PeerRow> group in rows.GroupBy(row => row.Cell.Threads))
        {
            using var backend = new CpuBackend(group.Key);
            double bandwidth = Roofs.OfHost(backend, group.Key).ReadGigabytes;
            foreach (PeerRow row in group)
            {
                yield return $"{row.Cell.Key}: weights are read at {Share(row.Ours)} (peer {Share(row.Peer)}) of a plain read's {bandwidth:F1} GB/s";
            }

            string Share(Times times) => $"{WeightGigabytes * (NewTokens - 1) / times.BestMs * 1e3 / bandwidth:P0}";
        }
    }

    private static int[] PromptIds() => Pseudorandom.Tokens(Prompt, Spec.Vocab, "prompt", 1);

    /// <summary>FastAlign.</summary>
    private sealed class OurDecoder : ISide
    {
        private readonly int _batch;
        private readonly CpuBackend _backend;
        private readonly ParameterSet _weights;
        private readonly DecoderModel _model;

        public OurDecoder(int batch, int threads)
        {
            _batch = batch;
            _backend = new CpuBackend(threads);
            _weights = RandomWeights.Create(Spec, _backend, TrainingRecipe.PolicySeed);
            _model = new DecoderModel(Spec, _weights, Prompt + NewTokens);
        }

        public IReadOnlyList<double> Results { get; private set; } = [];

        public double Run()
        {
            int said = 0;
            long start = 0;
            long end = 0;
            var options = new GenerationOptions { MaxNewTokens = NewTokens, SamplesPerPrompt = _batch };
            IReadOnlyList<Continuation> continuations = new Generator(_model).Generate([PromptIds()], options, (_, _) =>
            {
                said++;
                end = Stopwatch.GetTimestamp();
                start = said == _batch ? end : start;
            });
            Results = [.. continuations[^1].Ids.Take(ComparedTokens).Select(id => (double)id)];
            return Stopwatch.GetElapsedTime(start, end).TotalMilliseconds;
        }

        public void Dispose()
        {
            _model.Dispose();
            _weights.Dispose();
            _backend.Dispose();
        }
    }

    /// <summary>TorchSharp.</summary>
    private sealed class TorchDecoder : ISide
    {
        private readonly int _batch;
        private readonly TorchLlama _model;
        private readonly TorchCache _cache;
        private readonly torch.Tensor _prompt;

        public TorchDecoder(int batch, int threads)
        {
            torch.set_num_threads(threads);
            _batch = batch;
            _model = new TorchLlama(Spec, TrainingRecipe.PolicySeed, isTrained: false, Prompt + NewTokens);
            _cache = new TorchCache(Spec, batch, Prompt + NewTokens);
            _prompt = torch.tensor(Array.ConvertAll(PromptIds(), id => (long)id)).view(1, Prompt).expand(batch, Prompt).contiguous();
        }

        public IReadOnlyList<double> Results { get; private set; } = [];

        public double Run()
        {
            using var mode = torch.inference_mode();
            _cache.Clear();
            long[][] said = new long[NewTokens][];
            said[0] = Next(_prompt);
            long start = Stopwatch.GetTimestamp();
            for (int t = 1; t < NewTokens; t++)
            {
                using torch.Tensor last = torch.tensor(said[t - 1]).view(_batch, 1);
                said[t] = Next(last);
            }

            Results = [.. said.Take(ComparedTokens).Select(step => (double)step[^1])];
            return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        public void Dispose()
        {
            _model.Dispose();
            _cache.Dispose();
            _prompt.Dispose();
        }

        /// <summary>The likeliest token of each row after <paramref name="ids"/>.</summary>
        private long[] Next(torch.Tensor ids)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            torch.Tensor hidden = _model.Hidden(ids, _cache);
            return _model.Logits(hidden.narrow(1, hidden.shape[1] - 1, 1)).argmax(-1).view(-1).data<long>().ToArray();
        }
    }
}
