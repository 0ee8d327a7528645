namespace FastAlign.IO.Tokenizers;

/// <summary>GPT-2's alphabet: a printable character for each byte, so that any bytes can be written in a vocabulary file.</summary>
/// <remarks>Printable bytes of Latin-1 stand for themselves; the other 68 are numbered from U+0100 on.</remarks>
internal static class ByteAlphabet
{
    /// <summary>Largest character of the alphabet plus one.</summary>
    private const int End = 256 + 68;

    private static readonly char[] Chars = MakeChars();
    private static readonly short[] Bytes = MakeBytes();

    /// <summary>The character of the byte 0x20: Ġ.</summary>
    public static char Space => Chars[' '];

    public static char ToChar(byte value) => Chars[value];

    /// <summary>The byte that a character stands for; false if it is not of the alphabet.</summary>
    public static bool TryToByte(char c, out byte value)
    {
        short found = c < End ? Bytes[c] : (short)-1;
        value = (byte)found;
        return found >= 0;
    }

    private static char[] MakeChars()
    {
        var chars = new char[256];
        int next = 256;
        for (int b = 0; b < 256; b++)
        {
            bool printable = b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            chars[b] = (char)(printable ? b : next++);
        }

        return chars;
    }

    private static short[] MakeBytes()
    {
        var bytes = new short[End];
        Array.Fill(bytes, (short)-1);
        for (int b = 0; b < 256; b++)
        {
            bytes[Chars[b]] = (short)b;
        }

        return bytes;
    }
}
