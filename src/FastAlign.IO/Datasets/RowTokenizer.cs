using FastAlign.IO.Tokenizers;
using FastAlign.Models;

namespace FastAlign.IO.Datasets;

/// <summary>
/// Turns rows into tokens as TRL 1.16 does. The text of EOS is appended unless the completion already ends with it (a test on strings), prompt and
/// completion are tokenised as one text with the special tokens of the tokenizer itself, and the completion begins at the first token in which
/// prompt and prompt + completion differ. So a token that merges across the boundary belongs to the completion.
/// </summary>
public sealed class RowTokenizer(Tokenizer tokenizer)
{
    private readonly string _eos = tokenizer.EosToken?.Text ?? "";

    /// <summary>What it is made of.</summary>
    public Tokenizer Tokenizer => tokenizer;

    /// <summary>Id that begins a sequence, or -1.</summary>
    public int BosId { get; } = tokenizer.BosToken?.Id ?? -1;

    /// <summary>Id that ends a sequence, or -1.</summary>
    public int EosId { get; } = tokenizer.EosToken?.Id ?? -1;

    /// <summary>Tokens and labels of a row to imitate.</summary>
    /// <param name="text">The row.</param>
    /// <param name="isCompletionOnly">Leave the tokens of the prompt out of the loss.</param>
    public TokenizedSft Tokenize(SftText text, bool isCompletionOnly)
    {
        RowTraits traits = text.Completion.Length == 0 ? RowTraits.EmptyCompletion : RowTraits.None;
        int[] ids = Encode((text.Prompt ?? "") + WithEos(text.Completion));
        int[] labels = [.. ids];
        if (text.Prompt is not null)
        {
            int[] prompt = Encode(text.Prompt);
            int start = prompt.AsSpan().CommonPrefixLength(ids);
            traits |= IsStraddled(text.Prompt, prompt, start) ? RowTraits.StraddledBoundary : RowTraits.None;
            labels.AsSpan(0, isCompletionOnly ? start : 0).Fill(SftExample.Ignored);
        }

        return new TokenizedSft(text.Row, ids, labels, traits);
    }

    /// <summary>
    /// Where each token of <see cref="Tokenize(SftText, bool)"/> ends in the text, times 3: so that rows under two tokenizers can be laid side by side. EOS and
    /// what the template adds cover no text of their own. A token that ends within a character takes <paramref name="inside"/> more than the last one that ends with a character.
    /// </summary>
    /// <param name="text">The row.</param>
    /// <param name="inside">1 or 2: another number for each tokenizer, so that places within a character never count as the same.</param>
    public int[] Ends(SftText text, int inside)
    {
        string whole = (text.Prompt ?? "") + text.Completion;
        TextSpan[] spans = tokenizer.Encode((text.Prompt ?? "") + WithEos(text.Completion), addSpecialTokens: true).Offsets;
        int[] ends = new int[spans.Length];
        int last = 0;
        for (int i = 0; i < ends.Length; i++)
        {
            bool isInside = i + 1 < ends.Length && spans[i + 1].Start < spans[i].End && spans[i + 1].End > 0;
            last = isInside ? last : Math.Max(last, Math.Min(spans[i].End, whole.Length));
            ends[i] = (3 * last) + (isInside ? inside : 0);
        }

        return ends;
    }

    /// <summary>Tokens of a pair. The prompt ends where either sequence leaves it, whichever comes first.</summary>
    public TokenizedPair Tokenize(PreferenceText text)
    {
        string[] completions = text.Demonstration is null ? [text.Chosen, text.Rejected] : [text.Chosen, text.Rejected, text.Demonstration];
        TokenizedList all = Tokenize(text.Row, text.Prompt, completions);
        RowTraits traits = all.Traits | (text.Chosen == text.Rejected ? RowTraits.EqualCompletions : RowTraits.None);
        return new TokenizedPair(text.Row, all.Prompt, all.Completions[0], all.Completions[1], traits) { Demonstration = all.Completions.Length > 2 ? all.Completions[2] : [] };
    }

    /// <summary>Tokens of any number of completions. The prompt ends where one of the sequences leaves it, whichever comes first.</summary>
    public TokenizedList Tokenize(int row, string prompt, IReadOnlyList<string> completions)
    {
        int[] ids = Encode(prompt);
        int[][] sequences = [.. completions.Select(completion => Encode(prompt + WithEos(completion)))];
        int start = sequences.Min(sequence => ids.AsSpan().CommonPrefixLength(sequence));

        RowTraits traits = completions.Any(completion => completion.Length == 0) ? RowTraits.EmptyCompletion : RowTraits.None;
        traits |= IsStraddled(prompt, ids, start) ? RowTraits.StraddledBoundary : RowTraits.None;
        return new TokenizedList(row, ids[..start], [.. sequences.Select(sequence => sequence[start..])], traits);
    }

    /// <summary>Tokens of a text in the middle of others: no special tokens.</summary>
    public int[] TokenizePart(string text) => tokenizer.EncodeIds(text, addSpecialTokens: false);

    private int[] Encode(string text) => tokenizer.EncodeIds(text, addSpecialTokens: true);

    private string WithEos(string completion) => completion.EndsWith(_eos, StringComparison.Ordinal) ? completion : completion + _eos;

    // A tokenizer that ends every text with EOS by itself also ends the prompt with it; that one is no part of the prompt.
    private bool IsStraddled(string prompt, int[] ids, int common)
    {
        bool hasOwnEos = ids.Length > 0 && ids[^1] == EosId && !prompt.EndsWith(_eos, StringComparison.Ordinal);
        return common < ids.Length - (hasOwnEos ? 1 : 0);
    }
}
