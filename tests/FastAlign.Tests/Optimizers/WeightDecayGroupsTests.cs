using System.Text.Json;
using FastAlign.Models;
using Xunit;

namespace FastAlign.Tests.Optimizers;

/// <summary>Which checkpoint tensors decay, against the Hugging Face Trainer's groups of one-layer models.</summary>
public sealed class WeightDecayGroupsTests
{
    private static readonly JsonElement Golden = GoldenJson.Load("training", "optim.json").GetProperty("weight_decay_groups");

    private static readonly Dictionary<string, string> ModelTypes = new()
    {
        ["llama"] = "llama",
        ["llama_tied"] = "llama",
        ["llama_sequence_classification"] = "llama",
        ["mistral"] = "mistral",
        ["qwen2"] = "qwen2",
        ["qwen3"] = "qwen3",
        ["gpt2"] = "gpt2",
    };

    public static IEnumerable<TheoryDataRow<string>> Families() => Golden.EnumerateObject().Select(family =>
        new TheoryDataRow<string>(family.Name) { Skip = ModelTypes.ContainsKey(family.Name) ? null : "the family comes with a later issue" });

    [Theory]
    [MemberData(nameof(Families))]
    [Trait("Category", Goldens.Category)]
    public void Decays_EveryCheckpointTensor_AsTheTrainerGroupsIt(string family)
    {
        HfConfig config = new("config.json", OneLayer(ModelTypes[family], isTied: family is "llama_tied" or "gpt2"));
        Architecture architecture = Architecture.Of(config);
        DecoderSpec spec = architecture.ReadSpec(config);
        ScoreHeadSpec? score = family == "llama_sequence_classification" ? new ScoreHeadSpec(1, false) : null;
        Dictionary<string, bool> decays = DecoderParameters.Of(spec, score).ToDictionary(p => p.Name, p => p.Decays);

        ILookup<bool, string> groups = architecture.Tensors(spec, score).ToLookup(tensor => decays[tensor.Parameter], tensor => tensor.Name);

        Assert.Equal(Names(family, "decay"), groups[true].Order());
        Assert.Equal(Names(family, "no_decay"), groups[false].Order());
    }

    private static IEnumerable<string> Names(string family, string group) =>
        Golden.GetProperty(family).GetProperty(group).EnumerateArray().Select(name => name.GetString()!).Order();

    private static JsonElement OneLayer(string modelType, bool isTied) => JsonSerializer.SerializeToElement(new Dictionary<string, object>
    {
        ["model_type"] = modelType,
        ["hidden_size"] = 8,
        ["intermediate_size"] = 12,
        ["num_attention_heads"] = 2,
        ["num_key_value_heads"] = 1,
        ["num_hidden_layers"] = 1,
        ["vocab_size"] = 16,
        ["max_position_embeddings"] = 32,
        ["hidden_act"] = "silu",
        ["tie_word_embeddings"] = isTied,
        ["n_embd"] = 8,
        ["n_head"] = 2,
        ["n_layer"] = 1,
        ["n_positions"] = 32,
        ["activation_function"] = "gelu_new",
    });
}
