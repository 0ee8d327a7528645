using FastAlign.Core;
using FastAlign.IO.Tokenizers;
using FastAlign.Models;

namespace FastAlign.IO.Datasets;

/// <summary>Chains of reasoning steps, ready to batch.</summary>
/// <param name="Examples">In file order.</param>
/// <param name="DroppedRows">Rows left out: truncation leaves no labelled step.</param>
/// <param name="Labels">Classes: one more than the greatest label, at least 2.</param>
public sealed record StepDataset(StepExample[] Examples, int[] DroppedRows, int Labels)
{
    /// <summary>Reads <c>{"prompt", "completions": [...], "labels": [...]}</c>: a label, true, false or a class from 0, for each step.</summary>
    /// <exception cref="InputException">A row of another shape, bad options, or nothing left to train on.</exception>
    public static StepDataset Build(ReadOnlySpan<DataRow> rows, Tokenizer tokenizer, StepOptions options)
    {
        Require(options.MaxLength, "max_length");
        Require(options.MaxCompletionLength, "max_completion_length");
        int[] separator = tokenizer.EncodeIds(options.Separator, addSpecialTokens: false);
        if (separator.Length == 0)
        {
            throw new InputException("step_separator: expected a text of at least one token, found none");
        }

        List<StepExample> examples = [];
        List<int> dropped = [];
        int labels = 2;
        foreach (DataRow row in rows)
        {
            (int[][] steps, int[] classes) = Steps(row, tokenizer);
            labels = Math.Max(labels, classes.Max() + 1);
            StepExample example = Tokens(row.Index, tokenizer.EncodeIds(row.Text("prompt"), addSpecialTokens: false), steps, classes, separator, tokenizer.BosToken?.Id, options);
            if (example.Labels.AsSpan().ContainsAnyExcept(SftExample.Ignored))
            {
                examples.Add(example);
            }
            else
            {
                dropped.Add(row.Index);
            }
        }

        return examples.Count > 0
            ? new StepDataset([.. examples], [.. dropped], labels)
            : throw new InputException($"none of {rows.Length} rows has a labelled step within max_length {options.MaxLength}");
    }

    /// <summary>
    /// One chain: BOS, prompt, then each step and its separator, whose last token carries the label. The completion is cut first, then the whole, both at
    /// the end.
    /// </summary>
    /// <param name="row">Row of the data file.</param>
    /// <param name="prompt">Prompt ids, without special tokens.</param>
    /// <param name="steps">Ids of each step.</param>
    /// <param name="classes">A class for each step.</param>
    /// <param name="separator">At least one token.</param>
    /// <param name="bos">Begins the sequence, if there is one.</param>
    /// <param name="options">Lengths, and which steps are labelled.</param>
    public static StepExample Tokens(int row, int[] prompt, int[][] steps, int[] classes, int[] separator, int? bos, StepOptions options)
    {
        List<int> ids = [];
        List<int> labels = [];
        for (int s = 0; s < steps.Length; s++)
        {
            ids.AddRange([.. steps[s], .. separator]);
            labels.AddRange(Enumerable.Repeat(SftExample.Ignored, steps[s].Length + separator.Length - 1));
            labels.Add(options.IsLastStepOnly && s < steps.Length - 1 ? SftExample.Ignored : classes[s]);
        }

        int kept = Math.Min(ids.Count, options.MaxCompletionLength ?? int.MaxValue);
        int[] start = bos is { } begin ? [begin, .. prompt] : prompt;
        int[] all = [.. start, .. ids[..kept]];
        int[] allLabels = [.. Enumerable.Repeat(SftExample.Ignored, start.Length), .. labels[..kept]];
        int length = Math.Min(all.Length, options.MaxLength ?? int.MaxValue);
        return new StepExample(row, all[..length], allLabels[..length]);
    }

    private static (int[][] Steps, int[] Classes) Steps(DataRow row, Tokenizer tokenizer)
    {
        string[] completions = row.Texts("completions");
        double[] labels = row.Numbers("labels");
        if (completions.Length == 0 || completions.Length != labels.Length)
        {
            throw row.Error($"fields 'completions' and 'labels': expected as many labels as steps, at least one, found {completions.Length} steps and {labels.Length} labels");
        }

        foreach (double label in labels)
        {
            if (label < 0 || label > byte.MaxValue || label != Math.Floor(label))
            {
                throw row.Error($"field 'labels': expected true, false or classes from 0 to {byte.MaxValue}, found {label}");
            }
        }

        return ([.. completions.Select(step => tokenizer.EncodeIds(step, addSpecialTokens: false))], [.. labels.Select(label => (int)label)]);
    }

    private static void Require(int? length, string option)
    {
        if (length < 1)
        {
            throw new InputException($"{option}: expected at least 1, found {length}");
        }
    }
}
