using System.Text.RegularExpressions;

namespace FastAlign.IO.Files;

/// <summary>Names of files and folders under way, and what to do with those that a killed process left.</summary>
public static partial class Leftovers
{
    /// <summary>
    /// Removes the temporaries in a folder, and brings back a folder that had stepped aside for one that never came. Called by the one process
    /// that writes there, before it writes.
    /// </summary>
    /// <returns>Names of what was removed or brought back, in ordinal order.</returns>
    public static IReadOnlyList<string> Clean(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return [];
        }

        var found = new List<string>();
        foreach (string path in Directory.EnumerateFileSystemEntries(folder).Order(StringComparer.Ordinal))
        {
            Match match = Pattern().Match(Path.GetFileName(path));
            if (!match.Success)
            {
                continue;
            }

            found.Add(Path.GetFileName(path));
            string final = Path.Combine(folder, match.Groups["name"].Value);
            if (match.Groups["kind"].Value == "old" && !Path.Exists(final))
            {
                Directory.Move(path, final);
            }
            else
            {
                Remove(path);
            }
        }

        return found;
    }

    /// <summary>A name for <paramref name="path"/> while it is written. Unique, and no result depends on it.</summary>
    internal static string TemporaryName(string path) => $"{path}.tmp-{Guid.NewGuid():N}";

    /// <summary>A name for the former <paramref name="path"/> while it is replaced.</summary>
    internal static string AsideName(string path) => $"{path}.old-{Guid.NewGuid():N}";

    private static void Remove(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
        else
        {
            File.Delete(path);
        }
    }

    [GeneratedRegex(@"^(?<name>.+)\.(?<kind>tmp|old)-[0-9a-f]{32}$", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
