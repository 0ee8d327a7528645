using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.Peers;

/// <summary>Weights of a random model, parameter by parameter in FastAlign's layout, which both engines run: qkv in one matrix, gate and up in one.</summary>
internal static class RandomWeights
{
    /// <summary>Uniform of standard deviation 0.02, the usual initialisation of these models.</summary>
    private const float Reach = 0.0346f;

    /// <summary>Norm weights lie around 1.</summary>
    private const float NormReach = 0.1f;

    /// <summary>Fills one parameter.</summary>
    public static void Fill(ParameterSpec parameter, uint seed, Span<float> values)
    {
        bool isNorm = parameter.Shape.Rank == 1;
        Pseudorandom.Fill(values, parameter.Name, seed, isNorm ? NormReach : Reach, isNorm ? 1 : 0);
    }

    /// <summary>All of them, for FastAlign.</summary>
    public static ParameterSet Create(DecoderSpec spec, HostBackend backend, uint seed)
    {
        var weights = new ParameterSet(backend, DecoderParameters.Of(spec));
        foreach (ParameterSpec parameter in weights.Specs)
        {
            Fill(parameter, seed, weights[parameter.Name].HostSpan<float>());
        }

        return weights;
    }
}
