using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.IO.Tokenizers;

namespace FastAlign;

/// <summary>A tokenizer that belongs to another model may give ids that the embedding does not have.</summary>
internal static class VocabularyCheck
{
    /// <exception cref="InputException">Names the row and the token.</exception>
    public static void Run(ITrainingData data, int vocab, string file, Tokenizer? tokenizer)
    {
        for (int i = 0; i < data.Count; i++)
        {
            foreach (int id in data.Build([i]).Ids.Span)
            {
                if (id >= vocab)
                {
                    string text = tokenizer?.IdToToken(id) is { } token ? $" ({token})" : string.Empty;
                    throw new InputException(
                        $"{file}, row {data.RowOf(i)}: token {id}{text}: expected an id below the model's vocabulary of {vocab}; tokenizer and weights do not belong together");
                }
            }
        }
    }
}
