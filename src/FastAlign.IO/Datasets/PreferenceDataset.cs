using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.IO.Datasets;

/// <summary>Preference pairs, ready to batch, and what the linter says about them.</summary>
/// <param name="Examples">In file order.</param>
/// <param name="Lint">Findings over all rows, those left out too.</param>
/// <param name="DroppedRows">Rows left out: a prompt that fills <c>max_length</c>, or that has no token.</param>
public sealed record PreferenceDataset(PreferenceExample[] Examples, LintReport Lint, int[] DroppedRows)
{
    /// <summary>
    /// Tokenises pairs and cuts prompt + completion to <see cref="PreferenceOptions.MaxLength"/>: TRL's DPOTrainer preprocessing and the
    /// truncation of its collator. Keeping the start, rows whose prompt alone fills the length are left out.
    /// </summary>
    /// <exception cref="InputException">
    /// A row of another shape, nothing left to train on, or a row that keeping the end cuts so that chosen and rejected no longer share a prompt.
    /// </exception>
    public static PreferenceDataset Build(ReadOnlySpan<DataRow> rows, RowTokenizer tokenizer, PreferenceOptions options)
    {
        if (options.MaxLength < 2)
        {
            throw new InputException($"max_length: expected at least 2 (a prompt and a completion), found {options.MaxLength}");
        }

        var linter = new RowLinter(tokenizer.BosId, tokenizer.EosId);
        List<PreferenceExample> examples = [];
        List<int> dropped = [];
        foreach (DataRow row in rows)
        {
            TokenizedPair pair = tokenizer.Tokenize(PreferenceText.From(row));
            PreferenceExample? kept = Cut(row, pair, options);
            linter.Check(pair, kept);
            if (kept is null)
            {
                dropped.Add(row.Index);
            }
            else
            {
                examples.Add(kept);
            }
        }

        return examples.Count > 0
            ? new PreferenceDataset([.. examples], linter.Report, [.. dropped])
            : throw new InputException($"none of {rows.Length} pairs has a prompt and a completion within max_length {options.MaxLength}");
    }

    private static PreferenceExample? Cut(DataRow row, TokenizedPair pair, PreferenceOptions options)
    {
        int length = options.MaxLength ?? int.MaxValue;
        if (pair.Prompt.Length == 0 || pair.Chosen.Length == 0 || pair.Rejected.Length == 0)
        {
            return null;
        }

        return options.Truncation == TruncationMode.KeepStart ? KeepStart(pair, length) : KeepEnd(row, pair, length);
    }

    private static PreferenceExample? KeepStart(TokenizedPair pair, int length)
    {
        int room = length - pair.Prompt.Length;
        return room <= 0 ? null : new PreferenceExample(
            pair.Row, pair.Prompt, pair.Chosen[..Math.Min(room, pair.Chosen.Length)], pair.Rejected[..Math.Min(room, pair.Rejected.Length)]);
    }

    // Each sequence loses its own excess at the front. An example holds one prompt for both, so the excess must be the same and leave a prompt.
    private static PreferenceExample KeepEnd(DataRow row, TokenizedPair pair, int length)
    {
        int chosenExcess = Math.Max(0, pair.Prompt.Length + pair.Chosen.Length - length);
        int rejectedExcess = Math.Max(0, pair.Prompt.Length + pair.Rejected.Length - length);
        return chosenExcess == rejectedExcess && chosenExcess < pair.Prompt.Length
            ? new PreferenceExample(pair.Row, pair.Prompt[chosenExcess..], pair.Chosen, pair.Rejected)
            : throw row.Error(
                $"truncation_mode keep_end: expected prompt + chosen and prompt + rejected that lose equally many of {pair.Prompt.Length} prompt tokens " +
                $"to max_length {length}, found {chosenExcess} and {rejectedExcess}; raise max_length or use keep_start");
    }
}
