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
    /// <exception cref="InputException">A row of another shape, or nothing left to train on.</exception>
    public static PreferenceDataset Build(ReadOnlySpan<DataRow> rows, RowTokenizer tokenizer, PreferenceOptions options)
    {
        if (options.MaxLength < 2)
        {
            throw new InputException($"max_length: expected at least 2 (a prompt and a completion), found {options.MaxLength}");
        }

        if (options.Truncation == TruncationMode.KeepEnd && (options.HasDemonstration || options.QualityPrompt is not null))
        {
            throw new InputException("truncation_mode: expected keep_start where more than two sequences share a prompt, found keep_end");
        }

        var linter = new RowLinter(tokenizer.BosId, tokenizer.EosId);
        int[]? quality = options.QualityPrompt is { } request ? tokenizer.TokenizePart(request) : null;
        List<PreferenceExample> examples = [];
        List<int> dropped = [];
        foreach (DataRow row in rows)
        {
            PreferenceText text = options.HasDemonstration ? PreferenceText.WithDemonstration(row) : PreferenceText.From(row);
            TokenizedPair pair = tokenizer.Tokenize(text);
            PreferenceExample? kept = Cut(pair, options);
            linter.Check(pair, kept);
            if (kept is null)
            {
                dropped.Add(row.Index);
            }
            else
            {
                examples.Add(kept with
                {
                    RefinedPrompt = quality is null ? [] : [kept.Prompt[0], .. quality, .. kept.Prompt[1..]],
                    OldLogProbs = OldLogProbs(row, pair, kept, options.Truncation),
                    Margin = text.Margin,
                    SoftLabel = text.SoftLabel,
                    Weight = text.Weight,
                });
            }
        }

        if (examples.Find(example => example.OldLogProbs is null != examples[0].OldLogProbs is null) is { } odd)
        {
            throw new InputException($"row {odd.Row}: expected chosen_old_logps and rejected_old_logps in all rows or in none");
        }

        return examples.Count > 0
            ? new PreferenceDataset([.. examples], linter.Report, [.. dropped])
            : throw new InputException($"none of {rows.Length} pairs has a prompt and a completion within max_length {options.MaxLength}");
    }

    /// <summary>Fields <c>chosen_old_logps</c> and <c>rejected_old_logps</c>: a number for each token before truncation, cut as the tokens are.</summary>
    private static (double[] Chosen, double[] Rejected)? OldLogProbs(DataRow row, TokenizedPair pair, PreferenceExample kept, TruncationMode truncation)
    {
        if (!row.Has("chosen_old_logps") && !row.Has("rejected_old_logps"))
        {
            return null;
        }

        return (Read("chosen_old_logps", pair.Chosen.Length, kept.Chosen.Length), Read("rejected_old_logps", pair.Rejected.Length, kept.Rejected.Length));

        double[] Read(string field, int tokens, int left)
        {
            double[] values = row.Numbers(field);
            return values.Length != tokens ? throw row.Error($"field '{field}': expected {tokens} numbers, one for each token of the completion and its EOS, found {values.Length}")
                : truncation == TruncationMode.KeepStart ? values[..left] : values[^left..];
        }
    }

    private static PreferenceExample? Cut(TokenizedPair pair, PreferenceOptions options)
    {
        int length = options.MaxLength ?? int.MaxValue;
        if (pair.Prompt.Length == 0 || pair.Chosen.Length == 0 || pair.Rejected.Length == 0 || (options.HasDemonstration && pair.Demonstration.Length == 0))
        {
            return null;
        }

        return options.Truncation == TruncationMode.KeepStart ? KeepStart(pair, length) : KeepEnd(pair, length);
    }

    private static PreferenceExample? KeepStart(TokenizedPair pair, int length)
    {
        int room = length - pair.Prompt.Length;
        return room <= 0 ? null : new PreferenceExample(
            pair.Row, pair.Prompt, pair.Chosen[..Math.Min(room, pair.Chosen.Length)], pair.Rejected[..Math.Min(room, pair.Rejected.Length)])
        {
            Demonstration = pair.Demonstration[..Math.Min(room, pair.Demonstration.Length)],
        };
    }

    // Each sequence loses its own excess at the front. What is left of the prompt may then differ, and where nothing is left, the first token kept has no
    // predictor: it is what the others continue.
    private static PreferenceExample KeepEnd(TokenizedPair pair, int length)
    {
        (int[] chosenPrompt, int[] chosen) = KeepEnd(pair.Prompt, pair.Chosen, length);
        (int[] rejectedPrompt, int[] rejected) = KeepEnd(pair.Prompt, pair.Rejected, length);
        return new PreferenceExample(pair.Row, chosenPrompt, chosen, rejected)
        {
            RejectedPrompt = chosenPrompt.AsSpan().SequenceEqual(rejectedPrompt) ? null : rejectedPrompt,
        };
    }

    private static (int[] Prompt, int[] Completion) KeepEnd(int[] prompt, int[] completion, int length)
    {
        int excess = Math.Max(0, prompt.Length + completion.Length - length);
        int intoCompletion = Math.Max(0, excess - prompt.Length);
        return excess < prompt.Length
            ? (prompt[excess..], completion)
            : (completion[intoCompletion..(intoCompletion + 1)], completion[(intoCompletion + 1)..]);
    }
}
