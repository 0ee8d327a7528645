using FastAlign.Core;

namespace FastAlign.Models;

/// <summary>Rotary position embedding: which dimensions turn, how fast, and by what factor cosines and sines are scaled.</summary>
/// <param name="InverseFrequencies">[r/2] radians per position, in double; scaling rules (llama3, yarn, linear) are already applied.</param>
/// <param name="Pairing">Which dimensions turn together.</param>
/// <param name="Factor">Multiplies cosines and sines (yarn); else 1.</param>
public sealed record RotarySpec(IReadOnlyList<double> InverseFrequencies, RotaryPairing Pairing = RotaryPairing.Halves, double Factor = 1)
{
    /// <summary>r, the number of rotated dimensions of a head.</summary>
    public int Width => 2 * InverseFrequencies.Count;
}
