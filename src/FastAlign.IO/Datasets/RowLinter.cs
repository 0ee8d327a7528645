using System.IO.Hashing;
using System.Runtime.InteropServices;
using FastAlign.Models;

namespace FastAlign.IO.Datasets;

/// <summary>Looks at tokenised rows before training, next to what preprocessing makes of them, and collects findings.</summary>
/// <param name="bosId">Id that begins a sequence, or -1.</param>
/// <param name="eosId">Id that ends a sequence, or -1.</param>
public sealed class RowLinter(int bosId, int eosId)
{
    private readonly List<LintFinding> _findings = [];
    private readonly Dictionary<UInt128, int> _firstRowByHash = [];

    public LintReport Report => new(_findings);

    /// <summary>Looks at a row to imitate.</summary>
    /// <param name="row">The row as tokenised.</param>
    /// <param name="kept">What is left of it after truncation; its ids are empty if nothing is.</param>
    /// <param name="isDropped">The row is left out of training.</param>
    public void Check(TokenizedSft row, TokenizedSft kept, bool isDropped)
    {
        CheckTraits(row.Row, row.Traits);
        string then = isDropped ? "; the row is left out" : "";
        if (kept.Ids.Length < row.Ids.Length)
        {
            Add(LintRule.OverLong, row.Row, $"{row.Ids.Length} tokens are cut to {kept.Ids.Length}");
        }

        // The first token has no predecessor that could predict it.
        bool isTrained = kept.Labels.AsSpan().Length > 1 && kept.Labels.AsSpan(1).ContainsAnyExcept(SftExample.Ignored);
        if (!isTrained)
        {
            Add(LintRule.EmptyLossMask, row.Row, $"no token is a target{then}");
        }
        else if (eosId >= 0 && kept.Labels[^1] != eosId)
        {
            Add(LintRule.UntrainedEos, row.Row, "the last target is not EOS");
        }

        CheckBos(row.Row, row.Ids);
        CheckDuplicate(row.Row, row.Ids, row.Labels, []);
    }

    /// <summary>Looks at a preference pair.</summary>
    /// <param name="row">The row as tokenised.</param>
    /// <param name="kept">What is left of it after truncation, or null if the row is left out.</param>
    public void Check(TokenizedPair row, PreferenceExample? kept)
    {
        CheckTraits(row.Row, row.Traits);
        int longest = row.Prompt.Length + Math.Max(row.Chosen.Length, row.Rejected.Length);
        if (row.Prompt.Length == 0)
        {
            Add(LintRule.EmptyPrompt, row.Row, "no token before the completion could predict its first; the row is left out");
        }
        else if (kept is null)
        {
            Add(LintRule.OverLong, row.Row, $"the prompt of {row.Prompt.Length} tokens leaves no room for a completion; the row is left out");
        }
        else
        {
            int keptLongest = kept.Prompt.Length + Math.Max(kept.Chosen.Length, kept.Rejected.Length);
            if (keptLongest < longest)
            {
                Add(LintRule.OverLong, row.Row, $"{longest} tokens are cut to {keptLongest}");
                CheckEqualAfterCut(row, kept);
            }

            CheckEos(row.Row, "chosen", kept.Chosen);
            CheckEos(row.Row, "rejected", kept.Rejected);
        }

        CheckBos(row.Row, [.. row.Prompt, .. row.Chosen]);
        CheckDuplicate(row.Row, row.Prompt, row.Chosen, row.Rejected);
    }

    /// <summary>Looks at a completion that is judged by itself.</summary>
    /// <param name="row">The row as tokenised.</param>
    /// <param name="promptLength">Tokens of its prompt.</param>
    /// <param name="keptLength">Tokens that are left after truncation; 0 if the row is left out.</param>
    public void CheckJudged(TokenizedSft row, int promptLength, int keptLength)
    {
        CheckTraits(row.Row, row.Traits);
        if (promptLength == 0)
        {
            Add(LintRule.EmptyPrompt, row.Row, "no token before the completion could predict its first; the row is left out");
        }
        else if (keptLength == 0)
        {
            Add(LintRule.OverLong, row.Row, $"the prompt of {promptLength} tokens leaves no room for a completion; the row is left out");
        }
        else
        {
            if (keptLength < row.Ids.Length)
            {
                Add(LintRule.OverLong, row.Row, $"{row.Ids.Length} tokens are cut to {keptLength}");
            }

            CheckEos(row.Row, "the completion", row.Ids.AsSpan(0, keptLength));
        }

        CheckBos(row.Row, row.Ids);
        CheckDuplicate(row.Row, row.Ids, row.Labels, []);
    }

    /// <summary>Looks at judged completions, which are never cut.</summary>
    /// <param name="row">The row as tokenised.</param>
    /// <param name="isTooLong">It is left out for its length.</param>
    public void Check(TokenizedList row, bool isTooLong)
    {
        CheckTraits(row.Row, row.Traits);
        if (row.Prompt.Length == 0)
        {
            Add(LintRule.EmptyPrompt, row.Row, "no token before the completions; the row is left out");
        }
        else if (isTooLong)
        {
            Add(LintRule.OverLong, row.Row, $"{row.Prompt.Length + row.Completions.Max(c => c.Length)} tokens are more than max_length; the row is left out");
        }

        CheckBos(row.Row, [.. row.Prompt, .. row.Completions[0]]);
        CheckDuplicate(row.Row, row.Prompt, [.. row.Completions.SelectMany(c => c)], [.. row.Completions.Select(c => c.Length)]);
    }

    private void CheckTraits(int row, RowTraits traits)
    {
        if (traits.HasFlag(RowTraits.EmptyCompletion))
        {
            Add(LintRule.EmptyCompletion, row, "a completion is empty: only EOS would be learnt");
        }

        if (traits.HasFlag(RowTraits.EqualCompletions))
        {
            Add(LintRule.ChosenEqualsRejected, row, "chosen and rejected are the same text");
        }

        if (traits.HasFlag(RowTraits.StraddledBoundary))
        {
            Add(LintRule.StraddledBoundary, row, "the end of the prompt merges with the completion into other tokens");
        }
    }

    private void CheckEqualAfterCut(TokenizedPair row, PreferenceExample kept)
    {
        if (!row.Traits.HasFlag(RowTraits.EqualCompletions) && kept.Chosen.AsSpan().SequenceEqual(kept.Rejected))
        {
            Add(LintRule.ChosenEqualsRejected, row.Row, "chosen and rejected differ only in what truncation removes");
        }
    }

    private void CheckEos(int row, string side, ReadOnlySpan<int> completion)
    {
        if (eosId >= 0 && completion[^1] != eosId)
        {
            Add(LintRule.UntrainedEos, row, $"{side} does not end in EOS");
        }
    }

    // Where BOS and EOS are one token, as in GPT-2, only a run at the start is a repeated BOS.
    private void CheckBos(int row, ReadOnlySpan<int> ids)
    {
        if (bosId < 0)
        {
            return;
        }

        int leading = ids.IndexOfAnyExcept(bosId);
        int count = bosId != eosId ? ids.Count(bosId) : leading < 0 ? ids.Length : leading;
        if (count > 1)
        {
            Add(LintRule.RepeatedBos, row, $"BOS occurs {count} times");
        }
    }

    private void CheckDuplicate(int row, ReadOnlySpan<int> first, ReadOnlySpan<int> second, ReadOnlySpan<int> third)
    {
        // 128 bits: two rows that differ share a hash with a probability below 1e-20 even among a billion rows.
        var hash = new XxHash128();
        hash.Append(MemoryMarshal.AsBytes([first.Length, second.Length, third.Length]));
        hash.Append(MemoryMarshal.AsBytes(first));
        hash.Append(MemoryMarshal.AsBytes(second));
        hash.Append(MemoryMarshal.AsBytes(third));
        if (!_firstRowByHash.TryAdd(hash.GetCurrentHashAsUInt128(), row))
        {
            Add(LintRule.DuplicateRow, row, $"the same tokens as row {_firstRowByHash[hash.GetCurrentHashAsUInt128()]}");
        }
    }

    private void Add(LintRule rule, int row, string message) => _findings.Add(new LintFinding(rule, row, message));
}
