using FastAlign.Alignment;
using FastAlign.Models;
using FastAlign.Workloads;
using TorchSharp;

namespace FastAlign.Peers;

/// <summary>One step of supervised fine-tuning: next-token cross entropy over every token but the first of each row, backward, clipping, AdamW.</summary>
internal static class SftPeers
{
    private static readonly (DecoderSpec Spec, string Model, int Rows, int Length)[] Shapes =
        [(ModelShapes.SmolLm135M, "135m", 4, 256), (ModelShapes.Stories260K, "stories260k", 8, 200)];

    public static IEnumerable<Cell> Cells(Options options) =>
        from threads in options.Threads
        from shape in Shapes
        select Of(shape.Spec, shape.Model, shape.Rows, shape.Length, threads);

    private static Cell Of(DecoderSpec spec, string model, int rows, int length, int threads)
    {
        int[][] ids = [.. Enumerable.Range(0, rows).Select(row => Pseudorandom.Tokens(length, spec.Vocab, "row", (uint)row))];
        return new Cell("sft", $"{model} {rows}x{length}", threads, () => Ours(spec, ids, threads), () => Torch(spec, ids, threads))
        {
            Work = new Work((double)rows * length, "tokens/s"),
            CheckedRuns = 2,
        };
    }

    private static TrainerSide Ours(DecoderSpec spec, int[][] ids, int threads)
    {
        var data = new SequenceData([.. ids.Select((row, i) => new SftExample(i, row, row, []))]);
        return new TrainerSide(spec, threads, ids[0].Length, data, TokenLoss.Nll());
    }

    private static TorchTrainer Torch(DecoderSpec spec, int[][] ids, int threads)
    {
        (long rows, long length) = (ids.Length, ids[0].Length);
        torch.Tensor inputs = torch.tensor(ids.SelectMany(row => row).Select(id => (long)id).ToArray()).view(rows, length);
        return new TorchTrainer(spec, threads, (int)length, inputs, policy =>
        {
            torch.Tensor targets = inputs.narrow(1, 1, length - 1).reshape(-1);
            torch.Tensor logits = policy.Logits(policy.Hidden(inputs).narrow(1, 0, length - 1));
            return torch.nn.functional.cross_entropy(logits.view(-1, spec.Vocab), targets);
        });
    }
}
