using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.Workloads;

/// <summary>Llama decoders by their sizes, for benchmarks: weights are random.</summary>
public static class ModelShapes
{
    private const double RotaryBase = 10000;

    /// <summary>The embedded sample's shape.</summary>
    public static DecoderSpec Stories260K { get; } = Llama(5, 64, (8, 4, 8), 172, 512);

    /// <summary>SmolLM2-135M's shape.</summary>
    public static DecoderSpec SmolLm135M { get; } = Llama(30, 576, (9, 3, 64), 1536, 49152);

    /// <summary>A decoder with rotary embedding, gated MLP and tied head.</summary>
    /// <param name="layers">L.</param>
    /// <param name="hidden">C.</param>
    /// <param name="heads">H, G and D.</param>
    /// <param name="ffn">F.</param>
    /// <param name="vocab">V.</param>
    public static DecoderSpec Llama(int layers, int hidden, (int Query, int KeyValue, int Width) heads, int ffn, int vocab) => new()
    {
        ModelType = "llama",
        Layers = layers,
        Hidden = hidden,
        Heads = heads.Query,
        KvHeads = heads.KeyValue,
        HeadDim = heads.Width,
        Ffn = ffn,
        Vocab = vocab,
        MaxPositions = 8192,
        Rotary = new RotarySpec([.. Enumerable.Range(0, heads.Width / 2).Select(i => Math.Pow(RotaryBase, -2.0 * i / heads.Width))]),
        IsHeadTied = true,
        AttentionScale = 1 / Math.Sqrt(heads.Width),
    };

    /// <summary>Weights as at the start of pretraining: norms are 1, matrices normal with deviation 0.02.</summary>
    /// <param name="spec">The model.</param>
    /// <param name="backend">Where.</param>
    /// <param name="isBrainFloat">Whether matrices are stored as BF16, which the backend must be able to read.</param>
    public static ParameterSet RandomWeights(DecoderSpec spec, Backend backend, bool isBrainFloat = false)
    {
        const double deviation = 0.02;

        // A prime, so that no two rows are equal; drawing every weight would take longer than the step.
        const int distinct = 65521;
        const int rowsAtOnce = 1024;
        var random = new Philox(0, RandomPurpose.Initialization, 0);
        double[] draws = [.. Enumerable.Range(0, distinct).Select(i => deviation * random.Normal((ulong)i))];
        var parameters = new ParameterSet(backend, ParameterSpec.Store(DecoderParameters.Of(spec), isBrainFloat));
        long next = 0;
        foreach (ParameterSpec parameter in parameters.Specs)
        {
            Tensor tensor = parameters[parameter.Name];
            if (tensor.Shape.Rank == 1)
            {
                backend.Ops.Fill(tensor, 1);
                continue;
            }

            for (int row = 0; row < tensor.Rows; row += rowsAtOnce)
            {
                Tensor rows = tensor.RowRange(row, Math.Min(rowsAtOnce, tensor.Rows - row));
                float[] values = new float[rows.Length];
                for (int i = 0; i < values.Length; i++)
                {
                    values[i] = (float)draws[next++ % distinct];
                }

                parameters.Import(new CheckpointTensor(parameter.Name, parameter.Name, row, rows.Rows), values);
            }
        }

        return parameters;
    }

    /// <summary>Token ids, uniform over the vocabulary.</summary>
    public static int[] RandomTokens(DecoderSpec spec, int count, int stream)
    {
        var random = new Philox(1, RandomPurpose.Initialization, (ulong)stream);
        return [.. Enumerable.Range(0, count).Select(i => random.Integer((ulong)i, spec.Vocab))];
    }
}
