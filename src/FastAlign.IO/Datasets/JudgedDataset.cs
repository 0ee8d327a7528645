using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.IO.Datasets;

/// <summary>Judged completions, ready to batch, and what the linter says about them.</summary>
/// <param name="Examples">In file order.</param>
/// <param name="Lint">Findings over all rows, those left out too.</param>
/// <param name="DroppedRows">Rows left out: a sequence longer than <c>max_length</c>, or a prompt without a token.</param>
public sealed record JudgedDataset(JudgedExample[] Examples, LintReport Lint, int[] DroppedRows)
{
    /// <exception cref="InputException">A row of another shape, or nothing left to train on.</exception>
    public static JudgedDataset Build(ReadOnlySpan<DataRow> rows, RowTokenizer tokenizer, JudgedOptions options)
    {
        if (options.MaxLength < 2)
        {
            throw new InputException($"max_length: expected at least 2 (a prompt and a completion), found {options.MaxLength}");
        }

        var linter = new RowLinter(tokenizer.BosId, tokenizer.EosId);
        List<JudgedExample> examples = [];
        List<int> dropped = [];
        foreach (DataRow row in rows)
        {
            JudgedText text = JudgedText.From(row, options.Shape);
            TokenizedList tokens = tokenizer.Tokenize(text.Row, text.Prompt, text.Completions);
            bool isTooLong = tokens.Prompt.Length + tokens.Completions.Max(c => c.Length) > (options.MaxLength ?? int.MaxValue);
            linter.Check(tokens, isTooLong);
            if (isTooLong || tokens.Prompt.Length == 0)
            {
                dropped.Add(row.Index);
                continue;
            }

            int[] scored = [.. tokens.Completions.Select(c => c.Length - (options.IsScoredBeforeEos && c[^1] == tokenizer.EosId ? 2 : 1))];
            examples.Add(new JudgedExample(text.Row, tokens.Prompt, tokens.Completions, scored)
            {
                Margin = text.Margin,
                SoftLabel = text.SoftLabel,
                Weight = text.Weight,
                Labels = text.Labels,
                Safe = text.Safe,
            });
        }

        return examples.Count > 0
            ? new JudgedDataset([.. examples], linter.Report, [.. dropped])
            : throw new InputException($"none of {rows.Length} rows has a prompt and fits max_length {options.MaxLength}");
    }
}
