using FastAlign.Alignment;
using FastAlign.Models;
using FastAlign.Workloads;
using TorchSharp;

namespace FastAlign.Peers;

/// <summary>
/// One step of direct preference optimisation: policy and frozen reference over all pairs, sigmoid loss, backward, clipping, AdamW. FastAlign runs its
/// trainer, which stores a pair's prompt once and scores completions only; TorchSharp runs what TRL and transformers run: chosen and rejected
/// sequences in one batch, logits of all positions. In <c>dpo.completions</c> the peer, too, computes logits of completions only.
/// </summary>
internal static class DpoPeers
{
    private static readonly (DecoderSpec Spec, string Model, int Pairs, int Prompt, int Response, ScoredRows PeerRows)[] Shapes =
    [
        (ModelShapes.SmolLm135M, "135m", 2, 128, 128, ScoredRows.All),
        (ModelShapes.SmolLm135M, "135m", 2, 128, 128, ScoredRows.Completions),
        (ModelShapes.SmolLm135M, "135m", 2, 512, 128, ScoredRows.All),
        (ModelShapes.SmolLm135M, "135m", 8, 128, 128, ScoredRows.All),
        (ModelShapes.Stories260K, "stories260k", 4, 100, 100, ScoredRows.All),
    ];

    public static IEnumerable<Cell> Cells(Options options) =>
        from threads in options.Threads
        from shape in Shapes
        select Of(shape.Spec, shape.Model, (shape.Pairs, shape.Prompt, shape.Response), shape.PeerRows, threads);

    private static Cell Of(DecoderSpec spec, string model, (int Pairs, int Prompt, int Response) size, ScoredRows peerRows, int threads)
    {
        (int pairs, int prompt, int response) = size;
        int length = prompt + response;
        PreferenceExample[] examples = [.. Enumerable.Range(0, pairs).Select(i =>
            new PreferenceExample(i, Tokens(prompt, $"prompt {i}"), Tokens(response, $"chosen {i}"), Tokens(response, $"rejected {i}")))];
        return new Cell(
            peerRows == ScoredRows.All ? "dpo" : "dpo.completions",
            $"{model} {pairs}x({prompt}+{response})",
            threads,
            () => new TrainerSide(spec, threads, length, new PreferenceData(examples), PairLosses.Dpo(new DpoOptions { Beta = TrainingRecipe.Beta })),
            () => OpenTorch(spec, threads, length, new TorchPairs(examples, peerRows)))
        {
            Work = new Work(2.0 * pairs * length, "tokens/s"),
            CheckedRuns = 2,
        };

        int[] Tokens(int count, string name) => Pseudorandom.Tokens(count, spec.Vocab, name, 1);
    }

    private static TorchTrainer OpenTorch(DecoderSpec spec, int threads, int length, TorchPairs pairs)
    {
        var reference = new TorchLlama(spec, TrainingRecipe.ReferenceSeed, isTrained: false, length);
        return new TorchTrainer(spec, threads, length, new Both(pairs, reference), policy =>
        {
            torch.Tensor expected;
            using (torch.no_grad())
            {
                expected = pairs.LogRatios(reference);
            }

            return -torch.nn.functional.logsigmoid(TrainingRecipe.Beta * (pairs.LogRatios(policy) - expected)).mean();
        });
    }

    private sealed record Both(IDisposable First, IDisposable Second) : IDisposable
    {
        public void Dispose()
        {
            First.Dispose();
            Second.Dispose();
        }
    }
}
