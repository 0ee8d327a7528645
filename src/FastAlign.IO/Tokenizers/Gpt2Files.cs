using System.Text.Json;
using FastAlign.Core;

namespace FastAlign.IO.Tokenizers;

/// <summary>Reads <c>vocab.json</c> and <c>merges.txt</c>, the two files of GPT-2's tokenizer.</summary>
internal static class Gpt2Files
{
    private const string EndOfText = "<|endoftext|>";

    /// <summary>GPT-2's one special token has all roles but padding.</summary>
    public static SpecialTokenNames Names { get; } = new() { Bos = EndOfText, Eos = EndOfText, Unknown = EndOfText };

    public static TokenizerParts Read(string vocabPath, string mergesPath)
    {
        using JsonDocument document = JsonFile.Parse(vocabPath);
        Dictionary<string, int> ids = BpeReader.Vocabulary(new JsonPart(vocabPath, "", document.RootElement));
        var merges = new Dictionary<ulong, BpeMerge>();
        int number = 0;
        foreach (string line in Lines(mergesPath))
        {
            number++;
            if (line.Length > 0 && !line.StartsWith("#version", StringComparison.Ordinal))
            {
                string[] pair = line.Split(' ');
                string where = $"{mergesPath}:{number}";
                BpeReader.AddMerge(merges, ids, number, pair.Length == 2 ? (pair[0], pair[1]) : throw new InputException($"{where}: expected two tokens, found '{line}'"), where);
            }
        }

        AddedToken[] added = ids.TryGetValue(EndOfText, out int id) ? [new AddedToken(id, EndOfText, true, false, false, false, false)] : [];
        var model = new BpeModel(ids, merges, new BpeOptions { IsByteLevel = true });
        return new TokenizerParts(added, null, new ByteLevelSplit(addsPrefixSpace: false, splits: true), model, TokenTemplate.Plain, new ByteLevelDecoder());
    }

    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be read: {e.Message}", e);
        }
    }
}
