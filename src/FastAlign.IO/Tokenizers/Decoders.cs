using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;

namespace FastAlign.IO.Tokenizers;

/// <summary>Several decoders in turn.</summary>
internal sealed class DecoderSequence(TokenDecoder[] steps) : TokenDecoder
{
    public override List<string> Apply(List<string> tokens) => steps.Aggregate(tokens, (texts, step) => step.Apply(texts));
}

/// <summary>
/// Characters of <see cref="ByteAlphabet"/> back to bytes, and the bytes of all tokens together to text; a token with other characters stands for its own UTF-8.
/// </summary>
internal sealed class ByteLevelDecoder : TokenDecoder
{
    public override List<string> Apply(List<string> tokens)
    {
        var bytes = new List<byte>(tokens.Count * 4);
        foreach (string token in tokens)
        {
            int start = bytes.Count;
            foreach (char c in token)
            {
                if (!ByteAlphabet.TryToByte(c, out byte value))
                {
                    bytes.RemoveRange(start, bytes.Count - start);
                    bytes.AddRange(Encoding.UTF8.GetBytes(token));
                    break;
                }

                bytes.Add(value);
            }
        }

        return [Encoding.UTF8.GetString(CollectionsMarshal.AsSpan(bytes))];
    }
}

/// <summary>Runs of <c>&lt;0xNN&gt;</c> tokens to text; in a run that is not UTF-8 each byte becomes U+FFFD, the valid ones too.</summary>
internal sealed class ByteFallbackDecoder : TokenDecoder
{
    public override List<string> Apply(List<string> tokens)
    {
        var texts = new List<string>(tokens.Count);
        var run = new List<byte>();
        foreach (string token in tokens)
        {
            if (token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
                && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value))
            {
                run.Add(value);
                continue;
            }

            CloseRun(run, texts);
            texts.Add(token);
        }

        CloseRun(run, texts);
        return texts;
    }

    private static void CloseRun(List<byte> run, List<string> texts)
    {
        if (run.Count > 0)
        {
            byte[] bytes = [.. run];
            texts.Add(Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : new string('\uFFFD', bytes.Length));
            run.Clear();
        }
    }
}

/// <summary>Replaces a text in each token.</summary>
internal sealed class ReplaceDecoder(string pattern, string content) : TokenDecoder
{
    public override List<string> Apply(List<string> tokens) => tokens.ConvertAll(token => token.Replace(pattern, content, StringComparison.Ordinal));
}

/// <summary>Joins all tokens into one.</summary>
internal sealed class FuseDecoder : TokenDecoder
{
    public override List<string> Apply(List<string> tokens) => [string.Concat(tokens)];
}

/// <summary>Takes up to so many characters off the start and the end of each token.</summary>
internal sealed class StripDecoder(char content, int start, int stop) : TokenDecoder
{
    public override List<string> Apply(List<string> tokens) => tokens.ConvertAll(token =>
    {
        int from = 0;
        while (from < start && from < token.Length && token[from] == content)
        {
            from++;
        }

        int to = token.Length;
        while (token.Length - to < stop && to > from && token[to - 1] == content)
        {
            to--;
        }

        return token[from..to];
    });
}

/// <summary>Marks back to spaces; those of the first token are dropped, since encoding put one there.</summary>
internal sealed class MetaspaceDecoder(string mark, PrependScheme scheme) : TokenDecoder
{
    public override List<string> Apply(List<string> tokens)
    {
        var texts = new List<string>(tokens.Count);
        foreach (string token in tokens)
        {
            texts.Add(token.Replace(mark, texts.Count == 0 && scheme != PrependScheme.Never ? "" : " ", StringComparison.Ordinal));
        }

        return texts;
    }
}
