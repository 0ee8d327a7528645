using FastAlign.Alignment;
using FastAlign.IO.Datasets;
using FastAlign.Models;

namespace FastAlign;

/// <summary>Reads the rows of every method that trains on preference pairs.</summary>
internal static class PreferenceRows
{
    private const int ShownPrompts = 2;

    /// <param name="rows">Of one file, or the held-out part of it.</param>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="run">Lengths and truncation.</param>
    /// <param name="extra">Sequences beside the pair.</param>
    /// <param name="statistics">What the loss needs of the head besides log-probs.</param>
    /// <param name="qualityPrompt">Request for quality of <see cref="PreferenceExtra.RefinedPair"/>.</param>
    public static MethodData Read(
        DataRow[] rows,
        RowTokenizer tokenizer,
        RunOptions run,
        PreferenceExtra extra = PreferenceExtra.None,
        HeadStatistics statistics = HeadStatistics.None,
        string? qualityPrompt = null)
    {
        var options = new PreferenceOptions
        {
            MaxLength = run.MaxLength,
            Truncation = run.Truncation,
            HasDemonstration = extra == PreferenceExtra.Demonstration,
            QualityPrompt = qualityPrompt,
        };
        PreferenceDataset set = PreferenceDataset.Build(rows, tokenizer, options);
        PreferenceExample[] pairs = set.Examples;
        var data = new PreferenceData(pairs, extra: extra, statistics: statistics);
        return new MethodData(data, set.Lint, pairs.Max(Longest), [.. pairs.Take(ShownPrompts).Select(e => e.Prompt)])
        {
            Completions = extra is PreferenceExtra.None or PreferenceExtra.RefinedPair ? i => Completions(pairs[i], extra) : null,
        };
    }

    private static int Longest(PreferenceExample pair)
    {
        int longest = pair.Prompt.Length + Math.Max(pair.Chosen.Length, pair.Demonstration.Length);
        longest = Math.Max(longest, (pair.RejectedPrompt ?? pair.Prompt).Length + pair.Rejected.Length);
        return Math.Max(longest, pair.RefinedPrompt.Length == 0 ? 0 : pair.RefinedPrompt.Length + Math.Max(pair.Chosen.Length, pair.Rejected.Length));
    }

    private static Completion[] Completions(PreferenceExample pair, PreferenceExtra extra)
    {
        Completion chosen = new(pair.Prompt, pair.Chosen);
        Completion rejected = new(pair.RejectedPrompt ?? pair.Prompt, pair.Rejected);
        return extra == PreferenceExtra.None
            ? [chosen, rejected]
            : [chosen, rejected, new(pair.RefinedPrompt, pair.Chosen), new(pair.RefinedPrompt, pair.Rejected)];
    }
}
