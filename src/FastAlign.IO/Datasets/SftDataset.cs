using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.IO.Datasets;

/// <summary>Rows to imitate, ready to batch, and what the linter says about them.</summary>
/// <param name="Examples">In file order; with packing, in the order of the packs.</param>
/// <param name="Lint">Findings over all rows, those left out too.</param>
/// <param name="DroppedRows">Rows left out because no token of theirs is a target.</param>
public sealed record SftDataset(SftExample[] Examples, LintReport Lint, int[] DroppedRows)
{
    /// <summary>
    /// Tokenises rows, cuts them to <see cref="SftOptions.MaxLength"/>, leaves out those without a label, or packs them: TRL's SFTTrainer
    /// preprocessing and, for packs without boundaries, its collator. The first token of each document is never a target.
    /// </summary>
    /// <exception cref="InputException">Bad options, a row of another shape, or nothing left to train on.</exception>
    public static SftDataset Build(ReadOnlySpan<DataRow> rows, RowTokenizer tokenizer, SftOptions options)
    {
        CheckOptions(options);
        var linter = new RowLinter(tokenizer.BosId, tokenizer.EosId);
        List<TokenizedSft> kept = [];
        List<int> dropped = [];
        foreach (DataRow row in rows)
        {
            TokenizedSft tokens = Tokenize(row, tokenizer, options);
            TokenizedSft cut = Cut(tokens, options);
            bool isDropped = options.Packing == PackingStrategy.None ? !HasLabel(cut) : cut.Ids.Length == 0;
            linter.Check(tokens, cut, isDropped);
            if (isDropped)
            {
                dropped.Add(row.Index);
            }
            else
            {
                kept.Add(options.Packing == PackingStrategy.None ? cut : tokens);
            }
        }

        return kept.Count > 0
            ? new SftDataset(options.Packing == PackingStrategy.None ? Separate(kept) : Pack(kept, options), linter.Report, [.. dropped])
            : throw new InputException($"none of {rows.Length} rows has a token to train on within max_length {options.MaxLength}");
    }

    private static void CheckOptions(SftOptions options)
    {
        if (options.MaxLength < 1)
        {
            throw new InputException($"max_length: expected at least 1, found {options.MaxLength}");
        }

        if (options.Packing != PackingStrategy.None && options.MaxLength is null)
        {
            throw new InputException("packing: expected a max_length to pack to, found none");
        }
    }

    private static TokenizedSft Tokenize(DataRow row, RowTokenizer tokenizer, SftOptions options)
    {
        SftText text = SftText.From(row, options.TextField);
        return text.Prompt is null && options.IsCompletionOnly == true
            ? throw row.Error("completion_only_loss: expected the fields 'prompt' and 'completion', found language modelling text")
            : tokenizer.Tokenize(text, options.IsCompletionOnly ?? text.Prompt is not null);
    }

    /// <summary>What survives truncation. Packing by best fit keeps the start whatever the mode; the other strategies lose nothing.</summary>
    private static TokenizedSft Cut(TokenizedSft row, SftOptions options)
    {
        int length = options.Packing is PackingStrategy.None or PackingStrategy.BestFit ? options.MaxLength ?? int.MaxValue : int.MaxValue;
        if (row.Ids.Length <= length)
        {
            return row;
        }

        bool isEnd = options.Truncation == TruncationMode.KeepEnd && options.Packing == PackingStrategy.None;
        Range range = isEnd ? ^length.. : ..length;
        return row with { Ids = row.Ids[range], Labels = row.Labels[range] };
    }

    private static bool HasLabel(TokenizedSft row) => row.Labels.AsSpan().ContainsAnyExcept(SftExample.Ignored);

    private static SftExample[] Separate(List<TokenizedSft> rows)
    {
        var examples = new SftExample[rows.Count];
        for (int i = 0; i < examples.Length; i++)
        {
            examples[i] = Example(rows[i].Row, rows[i].Ids, [.. rows[i].Labels], []);
        }

        return examples;
    }

    private static SftExample[] Pack(List<TokenizedSft> rows, SftOptions options)
    {
        int[] lengths = [.. rows.Select(row => row.Ids.Length)];
        List<Packing.Piece[]> packs = Packing.Pack(lengths, options.MaxLength!.Value, options.Packing);
        var examples = new SftExample[packs.Count];
        for (int i = 0; i < examples.Length; i++)
        {
            Packing.Piece[] pieces = packs[i];
            int[] ids = [.. pieces.SelectMany(piece => rows[piece.Row].Ids.AsSpan(piece.Start, piece.Length).ToArray())];
            int[] labels = [.. pieces.SelectMany(piece => rows[piece.Row].Labels.AsSpan(piece.Start, piece.Length).ToArray())];
            bool hasDocuments = options.Packing != PackingStrategy.Wrapped && pieces.Length > 1;
            examples[i] = Example(rows[pieces[0].Row].Row, ids, labels, hasDocuments ? [.. pieces.Select(piece => piece.Length)] : []);
        }

        return examples;
    }

    // Writes into labels, which are the example's own.
    private static SftExample Example(int row, int[] ids, int[] labels, int[] documentLengths)
    {
        labels[0] = SftExample.Ignored;
        int start = 0;
        foreach (int length in documentLengths)
        {
            labels[start] = SftExample.Ignored;
            start += length;
        }

        return new SftExample(row, ids, labels, documentLengths);
    }
}
