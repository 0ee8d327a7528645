namespace FastAlign.IO.Tokenizers;

/// <summary>The tokens of a text, or of a pair of texts: four arrays of equal length.</summary>
/// <param name="Ids">Token ids.</param>
/// <param name="Offsets">
/// The characters of the original text that each token stands for. The pieces of one character all carry its whole range;
/// tokens that the template added carry <c>[0, 0)</c>. In a pair, the offsets of each text count from its own start.
/// </param>
/// <param name="TypeIds">Segment of each token as the template numbers it.</param>
/// <param name="Sequences">Which text each token comes from: 0, 1, or -1 where the template added it.</param>
public sealed record TokenEncoding(int[] Ids, TextSpan[] Offsets, int[] TypeIds, int[] Sequences);
