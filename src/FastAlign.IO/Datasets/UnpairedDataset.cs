using System.Runtime.InteropServices;
using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.IO.Datasets;

/// <summary>Judged completions, ready to batch, and what the linter says about them.</summary>
/// <param name="Examples">In file order; pairs taken apart come as all chosen completions, then all rejected ones.</param>
/// <param name="Completions">Their completions before truncation: after the prompt of another example there may be more room.</param>
/// <param name="Lint">Findings over all rows, those left out too.</param>
/// <param name="DroppedRows">Rows left out: a prompt that fills <c>max_length</c>, or that has no token.</param>
public sealed record UnpairedDataset(UnpairedExample[] Examples, int[][] Completions, LintReport Lint, int[] DroppedRows)
{
    /// <summary>
    /// Tokenises completions and cuts prompt + completion to <paramref name="maxLength"/> from the end: TRL's KTOTrainer preprocessing and the truncation
    /// of its collator. Preference pairs are taken apart first. Rows whose prompt alone fills the length are left out; TRL keeps them, as completions of
    /// no token that weigh in the mean and bring no gradient.
    /// </summary>
    /// <param name="rows">Rows of one shape: <c>{"prompt", "completion", "label"}</c>, the same with <c>"reward"</c>, or pairs.</param>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="maxLength"><c>max_length</c>; null for no limit.</param>
    /// <exception cref="InputException">A row of another shape, or nothing left to train on.</exception>
    public static UnpairedDataset Build(ReadOnlySpan<DataRow> rows, RowTokenizer tokenizer, int? maxLength)
    {
        if (maxLength < 2)
        {
            throw new InputException($"max_length: expected at least 2 (a prompt and a completion), found {maxLength}");
        }

        var linter = new RowLinter(tokenizer.BosId, tokenizer.EosId);
        List<UnpairedExample> examples = [];
        List<int[]> completions = [];
        List<int> dropped = [];
        foreach (UnpairedText text in UnpairedText.Read(rows))
        {
            TokenizedSft tokens = tokenizer.Tokenize(new SftText(text.Row, text.Prompt, text.Completion), isCompletionOnly: true);
            int start = tokens.Labels.AsSpan().IndexOfAnyExcept(SftExample.Ignored);
            start = start < 0 ? tokens.Ids.Length : start;
            int[] whole = tokens.Ids[start..];
            (int[] prompt, int[] completion) = Cut(tokens.Ids[..start], whole, maxLength);
            bool isKept = prompt.Length > 0 && completion.Length > 0;
            linter.CheckJudged(tokens, start, isKept ? prompt.Length + completion.Length : 0);
            if (isKept)
            {
                completions.Add(whole);
                examples.Add(new UnpairedExample(text.Row, prompt, completion, text.IsDesirable) { Reward = text.Reward ?? (text.IsDesirable ? 1 : -1) });
            }
            else
            {
                dropped.Add(text.Row);
            }
        }

        return examples.Count > 0
            ? new UnpairedDataset(WithPassRates(examples), [.. completions], linter.Report, [.. dropped])
            : throw new InputException($"none of {rows.Length} rows has a prompt and a completion within max_length {maxLength}");
    }

    /// <summary><paramref name="maxLength"/> tokens of prompt + completion: the first of them, or the last.</summary>
    public static (int[] Prompt, int[] Completion) Cut(int[] prompt, int[] completion, int? maxLength, TruncationMode mode = TruncationMode.KeepStart)
    {
        int length = maxLength ?? int.MaxValue;
        if (mode == TruncationMode.KeepStart)
        {
            int room = Math.Max(0, length - prompt.Length);
            return (prompt[..Math.Min(length, prompt.Length)], completion[..Math.Min(room, completion.Length)]);
        }

        int excess = (int)Math.Max(0, (long)prompt.Length + completion.Length - length);
        int fromPrompt = Math.Min(excess, prompt.Length);
        return (prompt[fromPrompt..], completion[(excess - fromPrompt)..]);
    }

    /// <summary>Counts desirable completions by prompt.</summary>
    private static UnpairedExample[] WithPassRates(List<UnpairedExample> examples)
    {
        var counts = new Dictionary<string, (int Desirable, int All)>(StringComparer.Ordinal);
        string[] keys = [.. examples.Select(example => new string(MemoryMarshal.Cast<int, char>(example.Prompt)))];
        for (int i = 0; i < keys.Length; i++)
        {
            (int desirable, int all) = counts.GetValueOrDefault(keys[i]);
            counts[keys[i]] = (desirable + (examples[i].IsDesirable ? 1 : 0), all + 1);
        }

        return [.. examples.Select((example, i) => example with { PassRate = (double)counts[keys[i]].Desirable / counts[keys[i]].All })];
    }
}
