using FastAlign.Models;

namespace FastAlign.Studies;

/// <summary>A prompt and several completions that the untrained policy sampled for it, with its log-probs of their tokens and their gold scores.</summary>
internal sealed record Story(int Row, int[] Prompt, int[][] Completions, double[][] LogProbs, double[] Gold)
{
    /// <summary>True probability that completion 0 is preferred to completion 1.</summary>
    public double Preference => GoldRule.Preference(Gold[0], Gold[1]);

    /// <summary>The first two completions as the judge ordered them, with a draw in [0, 1).</summary>
    public PreferenceExample Judged(double draw) => draw < Preference
        ? new PreferenceExample(Row, Prompt, Completions[0], Completions[1])
        : new PreferenceExample(Row, Prompt, Completions[1], Completions[0]);
}
