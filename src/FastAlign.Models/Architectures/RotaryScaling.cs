using FastAlign.Core;

namespace FastAlign.Models;

/// <summary>Reads <c>rope_theta</c> with <c>rope_scaling</c> (transformers 4) or <c>rope_parameters</c> (transformers 5) into inverse frequencies.</summary>
public static class RotaryScaling
{
    /// <param name="config">The model's config.</param>
    /// <param name="headDim">D.</param>
    /// <param name="defaultTheta">Base frequency when the config names none.</param>
    /// <exception cref="InputException">A kind of scaling the engine does not know.</exception>
    public static RotarySpec Read(HfConfig config, int headDim, double defaultTheta = 10000)
    {
        HfConfig? section = config.Section("rope_parameters") ?? config.Section("rope_scaling");
        double theta = section?.Number("rope_theta", double.NaN) is { } inside && !double.IsNaN(inside) ? inside : config.Number("rope_theta", defaultTheta);
        int width = (int)(headDim * (section?.Number("partial_rotary_factor", 1) ?? config.Number("partial_rotary_factor", 1)));
        double[] frequencies = new double[width / 2];
        for (int j = 0; j < frequencies.Length; j++)
        {
            frequencies[j] = Math.Pow(theta, -2.0 * j / width);
        }

        string kind = section is null ? "default" : section.String("rope_type", section.String("type", "default"));
        return kind switch
        {
            "default" => new RotarySpec(frequencies),
            "linear" => new RotarySpec(Array.ConvertAll(frequencies, f => f / section!.Number("factor"))),
            "llama3" => new RotarySpec(Array.ConvertAll(frequencies, f => Llama3(f, section!))),
            "yarn" => Yarn(frequencies, theta, width, section!, config),
            _ => throw section!.Bad("rope_type", "default, linear, llama3 or yarn"),
        };
    }

    /// <summary>Low frequencies are divided by the factor, high ones kept, those between interpolated by wavelength (Llama 3.1).</summary>
    private static double Llama3(double frequency, HfConfig section)
    {
        double factor = section.Number("factor");
        double low = section.Number("low_freq_factor");
        double high = section.Number("high_freq_factor");
        double original = section.Number("original_max_position_embeddings");
        double wavelength = 2 * Math.PI / frequency;
        if (wavelength > original / low)
        {
            return frequency / factor;
        }

        if (wavelength < original / high)
        {
            return frequency;
        }

        double smooth = ((original / wavelength) - low) / (high - low);
        return ((1 - smooth) * frequency / factor) + (smooth * frequency);
    }

    /// <summary>YaRN (Peng et al., 2023): dimensions that turn often keep their frequency, those that turn rarely are divided by the factor, with a ramp between.</summary>
    private static RotarySpec Yarn(double[] frequencies, double theta, int width, HfConfig section, HfConfig config)
    {
        double factor = section.Number("factor");
        double original = section.Number("original_max_position_embeddings", config.Number("max_position_embeddings"));
        double CorrectionDimension(double rotations) => width * Math.Log(original / (rotations * 2 * Math.PI)) / (2 * Math.Log(theta));

        double low = CorrectionDimension(section.Number("beta_fast", 32));
        double high = CorrectionDimension(section.Number("beta_slow", 1));
        if (section.Bool("truncate", true))
        {
            (low, high) = (Math.Floor(low), Math.Ceiling(high));
        }

        (low, high) = (Math.Max(low, 0), Math.Min(high, width - 1));
        double span = low == high ? 0.001 : high - low;
        double[] scaled = new double[frequencies.Length];
        for (int j = 0; j < scaled.Length; j++)
        {
            double interpolated = Math.Clamp((j - low) / span, 0, 1);
            scaled[j] = (frequencies[j] / factor * interpolated) + (frequencies[j] * (1 - interpolated));
        }

        double attention = section.Number("attention_factor", (0.1 * Math.Log(factor)) + 1);
        return new RotarySpec(scaled, Factor: attention);
    }
}
