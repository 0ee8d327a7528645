using System.IO.Hashing;
using FastAlign.Core;

namespace FastAlign.IO.Files;

/// <summary>The identity of a file's bytes: XXH128 in hex.</summary>
public static class FileHash
{
    /// <exception cref="InputException">The file cannot be read.</exception>
    public static string Of(string path)
    {
        try
        {
            var hash = new XxHash128();
            using FileStream stream = File.OpenRead(path);
            hash.Append(stream);
            return hash.GetCurrentHashAsUInt128().ToString("x32");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be read: {e.Message}", e);
        }
    }
}
