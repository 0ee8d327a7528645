using System.Text.RegularExpressions;

namespace FastAlign.Kernels.Device;

/// <summary>
/// ILGPU numbers types, labels and parameters with one counter for the whole process, so equal code has other names in every run. Here they are numbered
/// in the order in which they appear.
/// </summary>
internal static partial class StableNames
{
    public static string Apply(string code)
    {
        var names = new Dictionary<string, string>();
        var counts = new Dictionary<string, int>();
        return Numbered().Replace(code.ReplaceLineEndings("\n"), match =>
        {
            if (!names.TryGetValue(match.Value, out string? name))
            {
                string stem = match.Groups["stem"].Value;
                int count = counts.GetValueOrDefault(stem) + 1;
                counts[stem] = count;
                name = $"{stem}{count}";
                names.Add(match.Value, name);
            }

            return name;
        });
    }

    /// <summary>Type names of OpenCL C, labels of both languages, parameters and functions of PTX.</summary>
    [GeneratedRegex(@"\b(?<stem>type_|L_|_[A-Za-z]\w*?_)\d+")]
    private static partial Regex Numbered();
}
