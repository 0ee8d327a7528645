using FastAlign.Core;

namespace FastAlign.Models;

/// <summary>GPT-2: learned positions, layer norm with bias, plain MLP; linear weights are stored [in, out] (Conv1D).</summary>
internal static class Gpt2
{
    public static Architecture Architecture { get; } = new("gpt2", Read, Tensors);

    private static DecoderSpec Read(HfConfig config)
    {
        int hidden = config.Size("n_embd");
        int heads = config.Size("n_head");
        if (hidden % heads != 0)
        {
            throw config.Bad("n_head", $"a divisor of n_embd = {hidden}");
        }

        if (config.Bool("scale_attn_by_inverse_layer_idx", false))
        {
            throw config.Bad("scale_attn_by_inverse_layer_idx", "false");
        }

        return new DecoderSpec
        {
            ModelType = "gpt2",
            Layers = config.Size("n_layer"),
            Hidden = hidden,
            Heads = heads,
            KvHeads = heads,
            HeadDim = hidden / heads,
            Ffn = config.Int("n_inner", 4 * hidden),
            Vocab = config.Size("vocab_size"),
            MaxPositions = config.Size("n_positions"),
            Norm = NormKind.Layer,
            NormSpec = new NormSpec(config.Number("layer_norm_epsilon", 1e-5)),
            Activation = Activations.Read(config, "activation_function"),
            IsGated = false,
            HasLearnedPositions = true,
            HasQkvBias = true,
            HasAttentionOutputBias = true,
            HasMlpBias = true,
            IsHeadTied = config.Bool("tie_word_embeddings", true),
            AttentionScale = config.Bool("scale_attn_weights", true) ? 1 / Math.Sqrt(hidden / heads) : 1,
        };
    }

    private static List<CheckpointTensor> Tensors(DecoderSpec spec, ScoreHeadSpec? score)
    {
        var list = new List<CheckpointTensor>
        {
            new("transformer.wte.weight", DecoderParameters.Embedding, 0, spec.Vocab),
            new("transformer.wpe.weight", DecoderParameters.Positions, 0, spec.MaxPositions),
        };
        for (int layer = 0; layer < spec.Layers; layer++)
        {
            string from = $"transformer.h.{layer}.";
            void AddPair(string name, string parameter, int rows, bool isTransposed)
            {
                string ours = DecoderParameters.OfLayer(layer, parameter);
                list.Add(new CheckpointTensor($"{from}{name}.weight", $"{ours}.weight", 0, rows, isTransposed));
                list.Add(new CheckpointTensor($"{from}{name}.bias", $"{ours}.bias", 0, rows));
            }

            AddPair("ln_1", "norm1", spec.Hidden, false);
            AddPair("attn.c_attn", "qkv", spec.QkvWidth, true);
            AddPair("attn.c_proj", "out", spec.Hidden, true);
            AddPair("ln_2", "norm2", spec.Hidden, false);
            AddPair("mlp.c_fc", "up", spec.Ffn, true);
            AddPair("mlp.c_proj", "down", spec.Hidden, true);
        }

        list.Add(new CheckpointTensor("transformer.ln_f.weight", $"{DecoderParameters.FinalNorm}.weight", 0, spec.Hidden));
        list.Add(new CheckpointTensor("transformer.ln_f.bias", $"{DecoderParameters.FinalNorm}.bias", 0, spec.Hidden));
        HeadTensors.Add(list, spec, score);
        return list;
    }
}
