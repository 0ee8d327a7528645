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
        var rules = new List<(int, int, int)>();
        int number = 0;
        foreach (string line in Lines(mergesPath))
        {
            number++;
            if (line.Length > 0 && !line.StartsWith("#version", StringComparison.Ordinal))
            {
                rules.Add(BpeReader.Rule(ids, line.Split(' '), () => $"{mergesPath}:{number}"));
            }
        }

        AddedToken[] added = ids.TryGetValue(EndOfText, out int id) ? [new AddedToken(id, EndOfText, true, false, false, false, false)] : [];
        var model = new BpeModel(ids, rules, new BpeOptions { IsByteLevel = true });
        var words = new ByteLevelSplit(addsPrefixSpace: false, splits: true);
        return new TokenizerParts(new Vocabulary(ids, added), null, words, model, TokenTemplate.Plain, new ByteLevelDecoder());
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
