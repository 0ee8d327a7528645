using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>Rewards of how long a completion is, in tokens.</summary>
public static class LengthRewards
{
    /// <summary>
    /// 0 up to <c>max - cache</c> tokens, falling in a line to -1 at <c>max</c>, -1 beyond: the soft over-long punishment of DAPO (Yu et al., 2025,
    /// equation 13).
    /// </summary>
    /// <param name="length">Tokens of the completion.</param>
    /// <param name="most">Longest completion. <c>max_completion_len</c></param>
    /// <param name="cache">Width of the slope, in [0, most]. <c>soft_punish_cache</c></param>
    /// <exception cref="InputException">The slope is wider than the longest completion, or negative.</exception>
    public static double SoftOverlong(int length, int most, int cache)
    {
        if (cache < 0 || cache > most)
        {
            throw new InputException($"soft_punish_cache: expected a number in [0, {most}], found {cache}");
        }

        int free = most - cache;
        return length <= free ? 0 : length <= most ? (double)(free - length) / cache : -1;
    }

    /// <summary>
    /// Cosine between two values of a correct completion, the larger at length 0, and of a wrong one, the smaller at length 0: a short right answer is
    /// best and a short wrong one worst (Yeo et al., 2025, "Demystifying Long Chain-of-Thought Reasoning in LLMs").
    /// </summary>
    /// <param name="isCorrect">Whether the answer is right.</param>
    /// <param name="length">Tokens of the completion; more than <see cref="CosineScale.Length"/> count as that many.</param>
    /// <param name="scale">Values at both ends.</param>
    public static double Cosine(bool isCorrect, int length, in CosineScale scale)
    {
        double progress = Math.Min(1, (double)length / scale.Length);
        (double start, double end) = isCorrect ? (scale.MostCorrect, scale.LeastCorrect) : (scale.LeastWrong, scale.MostWrong);
        return end + (0.5 * (start - end) * (1 + Math.Cos(Math.PI * progress)));
    }
}

/// <summary>Values of <see cref="LengthRewards.Cosine"/>.</summary>
/// <param name="Length">Longest completion, above 0. <c>max_len</c></param>
/// <param name="LeastWrong">Of a wrong answer of length 0. <c>min_value_wrong</c></param>
/// <param name="MostWrong">Of a wrong answer of the longest length. <c>max_value_wrong</c></param>
/// <param name="LeastCorrect">Of a right answer of the longest length. <c>min_value_correct</c></param>
/// <param name="MostCorrect">Of a right answer of length 0. <c>max_value_correct</c></param>
public readonly record struct CosineScale(int Length, double LeastWrong = -1, double MostWrong = -0.5, double LeastCorrect = 0.5, double MostCorrect = 1);
