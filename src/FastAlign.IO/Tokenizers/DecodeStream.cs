using System.Runtime.InteropServices;
using System.Text;

namespace FastAlign.IO.Tokenizers;

/// <summary>
/// Text of a growing token sequence, handed out as soon as it is final: a character whose bytes are spread over several tokens appears with the last of them.
/// The pieces are those of Hugging Face tokenizers' <c>DecodeStream</c>; <see cref="Flush"/> is an addition for terminals.
/// </summary>
/// <remarks>Only the last few tokens are decoded again at each step, so the cost of a step does not grow with the sequence.</remarks>
public sealed class DecodeStream
{
    private const char Replacement = '\uFFFD';
    private readonly Tokenizer _tokenizer;
    private readonly bool _skipSpecialTokens;

    // The tokens that are still needed, the text that the first _settled of them had, and how much of it has been handed out: all of it.
    private readonly List<int> _ids = [];
    private string _prefix = "";
    private int _settled;

    internal DecodeStream(Tokenizer tokenizer, bool skipSpecialTokens)
    {
        _tokenizer = tokenizer;
        _skipSpecialTokens = skipSpecialTokens;
    }

    /// <summary>
    /// A later byte has changed text that was already handed out: possible only with byte fallback, when bytes that do not form a character follow bytes that do.
    /// The pieces then differ from the decoded whole.
    /// </summary>
    public bool IsTorn { get; private set; }

    /// <summary>Takes one token; returns the text that became final with it, or null.</summary>
    public string? Step(int id)
    {
        if (_prefix.Length == 0 && _ids.Count > 0)
        {
            string pending = DecodeWindow();
            if (!pending.EndsWith(Replacement))
            {
                _prefix = pending;
                _settled = _ids.Count;
            }
        }

        _ids.Add(id);
        string text = DecodeWindow();
        if (text.EndsWith(Replacement) || Encoding.UTF8.GetByteCount(text) <= Encoding.UTF8.GetByteCount(_prefix))
        {
            return null;
        }

        string piece = text[SharedLength(text)..];
        int settled = _ids.Count - _settled;
        _ids.RemoveRange(0, _settled);
        _prefix = DecodeWindow();
        _settled = settled;
        return piece;
    }

    /// <summary>What is left at the end of a sequence (an incomplete character, as U+FFFD); the stream is then empty.</summary>
    public string Flush()
    {
        string text = DecodeWindow();
        string rest = text.Length > _prefix.Length ? text[SharedLength(text)..] : "";
        _ids.Clear();
        _prefix = "";
        _settled = 0;
        return rest;
    }

    private string DecodeWindow() => _tokenizer.Decode(CollectionsMarshal.AsSpan(_ids), _skipSpecialTokens);

    private int SharedLength(string text)
    {
        int shared = text.AsSpan().CommonPrefixLength(_prefix);
        IsTorn |= shared < _prefix.Length;
        return shared;
    }
}
