using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.IO.Datasets;

/// <summary>
/// A row of recorded rollouts: a prompt, its completions, what they earned. Fields: <c>prompt</c> (text) or <c>prompt_ids</c>; <c>completions</c>, a list of texts (EOS is
/// appended) or of lists of token ids (taken as they are); <c>rewards</c>, for each completion a number, or a list with one per reward function, null where there is
/// none, or <c>token_rewards</c>, a number for each of its tokens; and, where recorded, <c>old_logps</c> and <c>sampling_logps</c>, a number for each token. A
/// preference pair is two rollouts with rewards 1 and 0.
/// </summary>
/// <param name="Tokens">Prompt and completions.</param>
/// <param name="IsEnded">Whether each completion ends in EOS.</param>
/// <param name="Rewards">For each completion one reward per function; NaN where there is none.</param>
public sealed record RolloutRow(TokenizedList Tokens, bool[] IsEnded, double[][] Rewards)
{
    /// <summary>For each completion one reward per token, or null.</summary>
    public double[][]? TokenRewards { get; init; }

    /// <summary>For each completion its log-probs under the policy that the rollouts were scored with, nats, or null.</summary>
    public double[][]? OldLogProbs { get; init; }

    /// <summary>For each completion its log-probs under the engine that sampled, nats, or null.</summary>
    public double[][]? SamplingLogProbs { get; init; }

    /// <exception cref="InputException">A field is missing, has another type, or another number of items than there are completions or tokens.</exception>
    public static RolloutRow From(DataRow row, RowTokenizer tokenizer)
    {
        if (row.Has("chosen"))
        {
            PreferenceText pair = PreferenceText.From(row);
            return new RolloutRow(tokenizer.Tokenize(row.Index, pair.Prompt, [pair.Chosen, pair.Rejected]), [true, true], [[1], [0]]);
        }

        TokenizedList tokens = Tokenize(row, tokenizer);
        int[][] completions = tokens.Completions;
        bool hasTokenRewards = row.Has("token_rewards");
        double[][]? tokenRewards = hasTokenRewards ? PerToken(row, "token_rewards", completions) : null;
        double[][] rewards = hasTokenRewards ? [.. tokenRewards!.Select(one => new[] { one.Sum() })] : row.NumberLists("rewards");
        Require(row, "rewards", "one item per completion", completions.Length, rewards.Length);
        foreach (double[] one in rewards)
        {
            Require(row, "rewards", "as many rewards for every completion as for the first", rewards[0].Length, one.Length);
        }

        return new RolloutRow(tokens, [.. completions.Select(ids => ids.Length > 0 && ids[^1] == tokenizer.EosId)], rewards)
        {
            TokenRewards = tokenRewards,
            OldLogProbs = row.Has("old_logps") ? PerToken(row, "old_logps", completions) : null,
            SamplingLogProbs = row.Has("sampling_logps") ? PerToken(row, "sampling_logps", completions) : null,
        };
    }

    private static TokenizedList Tokenize(DataRow row, RowTokenizer tokenizer)
    {
        int[][]? ids = row.IdLists("completions");
        if (ids is null)
        {
            string[] texts = row.Texts("completions");
            Require(row, "completions", "at least one completion", 1, Math.Min(1, texts.Length));
            return tokenizer.Tokenize(row.Index, row.Text("prompt"), texts);
        }

        int[] prompt = row.Has("prompt_ids") ? row.Ids("prompt_ids") : tokenizer.Tokenizer.EncodeIds(row.Text("prompt"), addSpecialTokens: true);
        return new TokenizedList(row.Index, prompt, ids, ids.Any(one => one.Length == 0) ? RowTraits.EmptyCompletion : RowTraits.None);
    }

    private static double[][] PerToken(DataRow row, string field, int[][] completions)
    {
        double[][] values = row.NumberLists(field);
        Require(row, field, "one list per completion", completions.Length, values.Length);
        for (int i = 0; i < values.Length; i++)
        {
            Require(row, field, $"one number per token of completion {i}", completions[i].Length, values[i].Length);
        }

        return values;
    }

    private static void Require(DataRow row, string field, string what, int expected, int found)
    {
        if (expected != found)
        {
            throw row.Error($"field '{field}': expected {what}: {expected}, found {found}");
        }
    }
}
