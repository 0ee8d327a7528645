using FastAlign.Core;

namespace FastAlign.Models;

/// <summary>Names of activation functions in Hugging Face configs.</summary>
internal static class Activations
{
    public static Activation Read(HfConfig config, string key) => config.String(key) switch
    {
        "silu" or "swish" => Activation.Silu,
        "gelu" => Activation.Gelu,
        "gelu_new" or "gelu_pytorch_tanh" or "gelu_fast" => Activation.GeluTanh,
        "relu" => Activation.Relu,
        _ => throw config.Bad(key, "silu, gelu, gelu_new, gelu_pytorch_tanh or relu"),
    };
}
