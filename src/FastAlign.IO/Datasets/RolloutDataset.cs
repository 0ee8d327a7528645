using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.IO.Datasets;

/// <summary>Recorded rollouts, ready to batch, and what the linter says about them.</summary>
/// <param name="Examples">Completions, one prompt after the other.</param>
/// <param name="Rows">For each completion its row and its place in it.</param>
/// <param name="Lint">Findings over all rows, those left out too.</param>
public sealed record RolloutDataset(RolloutExample[] Examples, (RolloutRow Row, int Place)[] Rows, LintReport Lint)
{
    /// <summary>Reads rollouts; a row with a sequence longer than <paramref name="maxLength"/> is left out whole, because cut completions are not what earned the reward.</summary>
    /// <param name="rows">Of one file.</param>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="maxLength">Longest sequence; null for no limit.</param>
    /// <param name="masksTruncated">Leave the tokens of completions without EOS out of the loss. <c>mask_truncated_completions</c></param>
    /// <exception cref="InputException">A row of another shape, rows that disagree, or nothing left to train on.</exception>
    public static RolloutDataset Build(ReadOnlySpan<DataRow> rows, RowTokenizer tokenizer, int? maxLength, bool masksTruncated)
    {
        var linter = new RowLinter(tokenizer.BosId, tokenizer.EosId);
        List<RolloutExample> examples = [];
        List<(RolloutRow, int)> places = [];
        RolloutRow? first = null;
        foreach (DataRow row in rows)
        {
            RolloutRow rollouts = RolloutRow.From(row, tokenizer);
            first ??= rollouts;
            RequireAlike(row, first, rollouts);
            TokenizedList tokens = rollouts.Tokens;
            bool isTooLong = tokens.Prompt.Length + tokens.Completions.Max(c => c.Length) > (maxLength ?? int.MaxValue);
            linter.Check(tokens, isTooLong);
            for (int i = 0; i < tokens.Completions.Length && !isTooLong && tokens.Prompt.Length > 0; i++)
            {
                places.Add((rollouts, i));
                examples.Add(new RolloutExample(row.Index, row.Index, tokens.Prompt, tokens.Completions[i])
                {
                    IsEnded = rollouts.IsEnded[i],
                    IsScored = rollouts.IsEnded[i] || !masksTruncated,
                    Rewards = rollouts.Rewards[i],
                    TokenRewards = rollouts.TokenRewards?[i],
                    SamplingLogProbs = rollouts.SamplingLogProbs?[i],
                });
            }
        }

        return examples.Count > 0
            ? new RolloutDataset([.. examples], [.. places], linter.Report)
            : throw new InputException($"none of {rows.Length} rows has a prompt and completions within max_length {maxLength}");
    }

    private static void RequireAlike(DataRow row, RolloutRow first, RolloutRow other)
    {
        Require(row, first.Rewards[0].Length == other.Rewards[0].Length, $"rewards of {first.Rewards[0].Length} functions, as in the first row, found {other.Rewards[0].Length}");
        Require(row, (first.TokenRewards is null) == (other.TokenRewards is null), "token_rewards in all rows or in none");
        Require(row, (first.OldLogProbs is null) == (other.OldLogProbs is null), "old_logps in all rows or in none");
        Require(row, (first.SamplingLogProbs is null) == (other.SamplingLogProbs is null), "sampling_logps in all rows or in none");
    }

    private static void Require(DataRow row, bool isFine, string expected)
    {
        if (!isFine)
        {
            throw row.Error($"expected {expected}");
        }
    }
}
