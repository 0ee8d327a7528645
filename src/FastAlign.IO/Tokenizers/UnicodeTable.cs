using System.Globalization;

namespace FastAlign.IO.Tokenizers;

/// <summary>
/// Unicode's normalization data, read once from the embedded <c>normalization.txt</c>. .NET leaves normalization to ICU, which a program with
/// invariant globalization does not load; there <see cref="string.Normalize()"/> returns its input.
/// </summary>
internal sealed class UnicodeTable
{
    // Hangul syllables: base of syllables, leading consonants, vowels, trailing consonants; and how many of each (The Unicode Standard, section 3.12).
    private const int SBase = 0xAC00;
    private const int LBase = 0x1100;
    private const int VBase = 0x1161;
    private const int TBase = 0x11A7;
    private const int LCount = 19;
    private const int VCount = 21;
    private const int TCount = 28;

    private static readonly Lazy<UnicodeTable> Loaded = new(() => new UnicodeTable());

    private readonly Dictionary<int, int> _classes = [];
    private readonly Dictionary<int, int[]> _canonical = [];
    private readonly Dictionary<int, int[]> _compatible = [];
    private readonly Dictionary<(int First, int Second), int> _composites = [];

    private UnicodeTable()
    {
        using Stream stream = typeof(UnicodeTable).Assembly.GetManifestResourceStream("normalization.txt")!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (!line.StartsWith('#'))
            {
                Add(line.Split(' '));
            }
        }
    }

    public static UnicodeTable Instance => Loaded.Value;

    /// <summary>Canonical combining class; 0 for characters that begin a sequence.</summary>
    public int CombiningClass(int codePoint) => _classes.GetValueOrDefault(codePoint);

    /// <summary>The character that two compose to, or -1.</summary>
    public int Compose(int first, int second)
    {
        (int l, int v, int s, int t) = (first - LBase, second - VBase, first - SBase, second - TBase);
        return l is >= 0 and < LCount && v is >= 0 and < VCount ? SBase + (((l * VCount) + v) * TCount)
            : s is >= 0 and < LCount * VCount * TCount && s % TCount == 0 && t is > 0 and < TCount ? first + t
            : _composites.GetValueOrDefault((first, second), -1);
    }

    /// <summary>Appends the full decomposition of a character.</summary>
    public void Decompose(int codePoint, bool isCompatible, List<int> into)
    {
        int s = codePoint - SBase;
        if (s is >= 0 and < LCount * VCount * TCount)
        {
            into.Add(LBase + (s / (VCount * TCount)));
            into.Add(VBase + (s / TCount % VCount));
            if (s % TCount > 0)
            {
                into.Add(TBase + (s % TCount));
            }
        }
        else if (_canonical.TryGetValue(codePoint, out int[]? parts) || (isCompatible && _compatible.TryGetValue(codePoint, out parts)))
        {
            foreach (int part in parts)
            {
                Decompose(part, isCompatible, into);
            }
        }
        else
        {
            into.Add(codePoint);
        }
    }

    // 0344 230 ! 0308 0301, or 0300-0314 230
    private void Add(string[] fields)
    {
        string[] range = fields[0].Split('-');
        int combiningClass = int.Parse(fields[1], CultureInfo.InvariantCulture);
        for (int codePoint = Hex(range[0]); combiningClass > 0 && codePoint <= Hex(range[^1]); codePoint++)
        {
            _classes[codePoint] = combiningClass;
        }

        if (fields.Length > 2)
        {
            int whole = Hex(range[0]);
            int[] parts = Array.ConvertAll(fields[3..], Hex);
            (fields[2] == "~" ? _compatible : _canonical)[whole] = parts;
            if (fields[2] == "=")
            {
                _composites[(parts[0], parts[1])] = whole;
            }
        }
    }

    private static int Hex(string text) => int.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
