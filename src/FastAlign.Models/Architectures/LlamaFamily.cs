using FastAlign.Core;

namespace FastAlign.Models;

/// <summary>
/// Llama and its close relatives: RMS norm, rotary embedding, grouped-query attention, gated MLP. They share tensor names and differ in biases,
/// windows and query-key norms.
/// </summary>
internal static class LlamaFamily
{
    public static Architecture Llama { get; } = new("llama", config => Read(config) with
    {
        HasQkvBias = config.Bool("attention_bias", false),
        HasAttentionOutputBias = config.Bool("attention_bias", false),
        HasMlpBias = config.Bool("mlp_bias", false),
    }, Tensors);

    public static Architecture Mistral { get; } = new("mistral", config =>
    {
        DecoderSpec spec = Read(config);
        int window = config.Int("sliding_window", 0);
        return spec with { Windows = [.. Enumerable.Repeat(window, spec.Layers)] };
    }, Tensors);

    public static Architecture Qwen2 { get; } = new("qwen2", config =>
    {
        DecoderSpec spec = Read(config);
        return spec with { HasQkvBias = true, Windows = QwenWindows(config, spec.Layers) };
    }, Tensors);

    public static Architecture Qwen3 { get; } = new("qwen3", config =>
    {
        DecoderSpec spec = Read(config);
        bool hasBias = config.Bool("attention_bias", false);
        return spec with { HasQkNorm = true, HasQkvBias = hasBias, HasAttentionOutputBias = hasBias, Windows = QwenWindows(config, spec.Layers) };
    }, Tensors);

    private static DecoderSpec Read(HfConfig config)
    {
        int hidden = config.Size("hidden_size");
        int heads = config.Size("num_attention_heads");
        int kvHeads = config.Int("num_key_value_heads", heads);
        int headDim = config.Int("head_dim", hidden / heads);
        if (kvHeads < 1 || heads % kvHeads != 0)
        {
            throw config.Bad("num_key_value_heads", $"a divisor of num_attention_heads = {heads}");
        }

        return new DecoderSpec
        {
            ModelType = config.String("model_type"),
            Layers = config.Size("num_hidden_layers"),
            Hidden = hidden,
            Heads = heads,
            KvHeads = kvHeads,
            HeadDim = headDim,
            Ffn = config.Size("intermediate_size"),
            Vocab = config.Size("vocab_size"),
            MaxPositions = config.Size("max_position_embeddings"),
            NormSpec = new NormSpec(config.Number("rms_norm_eps", 1e-6)),
            Activation = Activations.Read(config, "hidden_act"),
            Rotary = RotaryScaling.Read(config, headDim),
            IsHeadTied = config.Bool("tie_word_embeddings", false),
            AttentionScale = 1 / Math.Sqrt(headDim),
        };
    }

    /// <summary>Qwen slides in layers from <c>max_window_layers</c> on, and only if <c>use_sliding_window</c>; <c>layer_types</c> says the same when present.</summary>
    private static int[]? QwenWindows(HfConfig config, int layers)
    {
        if (!config.Bool("use_sliding_window", false) || config.Int("sliding_window", 0) == 0)
        {
            return null;
        }

        int window = config.Int("sliding_window");
        int first = config.Int("max_window_layers", layers);
        IReadOnlyList<string>? types = config.Strings("layer_types");
        if (types is not null && types.Count != layers)
        {
            throw config.Bad("layer_types", $"{layers} entries");
        }

        return [.. Enumerable.Range(0, layers).Select(l => (types is null ? l >= first : types[l] == "sliding_attention") ? window : 0)];
    }

    private static List<CheckpointTensor> Tensors(DecoderSpec spec, ScoreHeadSpec? score)
    {
        var list = new List<CheckpointTensor> { new("model.embed_tokens.weight", DecoderParameters.Embedding, 0, spec.Vocab) };
        int q = spec.Heads * spec.HeadDim;
        int kv = spec.KvHeads * spec.HeadDim;
        for (int layer = 0; layer < spec.Layers; layer++)
        {
            string from = $"model.layers.{layer}.";
            void Add(string name, string parameter, int firstRow, int rows) =>
                list.Add(new CheckpointTensor(from + name, DecoderParameters.OfLayer(layer, parameter), firstRow, rows));

            void AddLinear(string name, string parameter, int firstRow, int rows, bool hasBias)
            {
                Add($"{name}.weight", $"{parameter}.weight", firstRow, rows);
                if (hasBias)
                {
                    Add($"{name}.bias", $"{parameter}.bias", firstRow, rows);
                }
            }

            Add("input_layernorm.weight", "norm1.weight", 0, spec.Hidden);
            AddLinear("self_attn.q_proj", "qkv", 0, q, spec.HasQkvBias);
            AddLinear("self_attn.k_proj", "qkv", q, kv, spec.HasQkvBias);
            AddLinear("self_attn.v_proj", "qkv", q + kv, kv, spec.HasQkvBias);
            AddLinear("self_attn.o_proj", "out", 0, spec.Hidden, spec.HasAttentionOutputBias);
            if (spec.HasQkNorm)
            {
                Add("self_attn.q_norm.weight", "q_norm.weight", 0, spec.HeadDim);
                Add("self_attn.k_norm.weight", "k_norm.weight", 0, spec.HeadDim);
            }

            Add("post_attention_layernorm.weight", "norm2.weight", 0, spec.Hidden);
            AddLinear("mlp.gate_proj", "up", 0, spec.Ffn, spec.HasMlpBias);
            AddLinear("mlp.up_proj", "up", spec.Ffn, spec.Ffn, spec.HasMlpBias);
            AddLinear("mlp.down_proj", "down", 0, spec.Hidden, spec.HasMlpBias);
        }

        list.Add(new CheckpointTensor("model.norm.weight", $"{DecoderParameters.FinalNorm}.weight", 0, spec.Hidden));
        HeadTensors.Add(list, spec, score);
        return list;
    }
}
