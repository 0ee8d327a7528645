using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.IO.Datasets;

/// <summary>Lists of scored completions, ready to batch, and what the linter says about them.</summary>
/// <param name="Examples">In file order.</param>
/// <param name="Lint">Findings over all rows, those left out too.</param>
/// <param name="DroppedRows">Rows left out: a prompt that fills <c>max_length</c>, or that has no token.</param>
public sealed record ListDataset(ListExample[] Examples, LintReport Lint, int[] DroppedRows)
{
    /// <summary>
    /// Tokenises rows <c>{"prompt", "completions": [..], "scores": [..]}</c> as pairs are, and cuts prompt + completion to <paramref name="maxLength"/> from the end.
    /// </summary>
    /// <param name="rows">Rows of a file.</param>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="maxLength"><c>max_length</c>; null for no limit.</param>
    /// <exception cref="InputException">A row of another shape, or nothing left to train on.</exception>
    public static ListDataset Build(ReadOnlySpan<DataRow> rows, RowTokenizer tokenizer, int? maxLength)
    {
        if (maxLength < 2)
        {
            throw new InputException($"max_length: expected at least 2 (a prompt and a completion), found {maxLength}");
        }

        var linter = new RowLinter(tokenizer.BosId, tokenizer.EosId);
        List<ListExample> examples = [];
        List<int> dropped = [];
        foreach (DataRow row in rows)
        {
            (string text, string[] completions, double[] scores) = Read(row);
            TokenizedList tokens = tokenizer.Tokenize(row.Index, text, completions);
            int[] prompt = tokens.Prompt;
            int room = (maxLength ?? int.MaxValue) - prompt.Length;
            bool isKept = prompt.Length > 0 && room > 0;
            foreach (int[] completion in tokens.Completions)
            {
                var whole = new TokenizedSft(row.Index, [.. prompt, .. completion], [], tokens.Traits);
                linter.CheckJudged(whole, prompt.Length, isKept ? prompt.Length + Math.Min(room, completion.Length) : 0);
            }

            if (isKept)
            {
                examples.Add(new ListExample(row.Index, prompt, [.. tokens.Completions.Select(completion => completion[..Math.Min(room, completion.Length)])], scores));
            }
            else
            {
                dropped.Add(row.Index);
            }
        }

        return examples.Count > 0
            ? new ListDataset([.. examples], linter.Report, [.. dropped])
            : throw new InputException($"none of {rows.Length} lists has a prompt and completions within max_length {maxLength}");
    }

    private static (string Prompt, string[] Completions, double[] Scores) Read(DataRow row)
    {
        if (row.ConversationalField("prompt") is { } field)
        {
            throw row.Conversation(field);
        }

        if (!row.Has("prompt") || !row.Has("completions") || !row.Has("scores"))
        {
            throw row.WrongShape("'prompt', 'completions' (a list of texts) and 'scores' (as many numbers, the more the better)");
        }

        string[] completions = row.Texts("completions");
        double[] scores = row.Numbers("scores");
        return completions.Length < 2 ? throw row.Error($"field 'completions': expected at least 2, found {completions.Length}")
            : scores.Length != completions.Length ? throw row.Error($"field 'scores': expected {completions.Length} numbers, one for each completion, found {scores.Length}")
            : (row.Text("prompt"), completions, scores);
    }
}
