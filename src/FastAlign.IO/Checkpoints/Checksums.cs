using System.IO.Hashing;
using System.Text.Json;
using System.Text.Json.Nodes;
using FastAlign.Core;
using FastAlign.IO.Tokenizers;

namespace FastAlign.IO.Checkpoints;

/// <summary><c>checksums.json</c>: size and XXH3 of every other file of a folder.</summary>
internal static class Checksums
{
    private const string FileName = "checksums.json";

    public static void Write(string folder)
    {
        var files = new JsonObject();
        foreach (string path in Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal))
        {
            files[Path.GetFileName(path)] = new JsonObject { ["bytes"] = new FileInfo(path).Length, ["xxh3"] = Hash(path) };
        }

        File.WriteAllText(Path.Combine(folder, FileName), files.ToJsonString());
    }

    /// <exception cref="InputException">A file is missing or has changed.</exception>
    public static void Verify(string folder)
    {
        foreach ((string name, _, string expected) in Read(folder))
        {
            string path = Path.Combine(folder, name);
            string found = File.Exists(path) ? Hash(path) : "no file";
            if (found != expected)
            {
                throw new InputException($"{path}: expected checksum {expected}, found {found}: the checkpoint is damaged, resume from an earlier one");
            }
        }
    }

    /// <summary>Whether a folder was finished: all files are there at their sizes.</summary>
    public static bool AreAllFilesThere(string folder)
    {
        if (!File.Exists(Path.Combine(folder, FileName)))
        {
            return false;
        }

        try
        {
            return Read(folder).TrueForAll(file => new FileInfo(Path.Combine(folder, file.Name)) is { Exists: true } info && info.Length == file.Bytes);
        }
        catch (InputException)
        {
            return false;
        }
    }

    private static List<(string Name, long Bytes, string Hash)> Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        using JsonDocument document = JsonFile.Parse(path);
        var files = new List<(string, long, string)>();
        try
        {
            foreach (JsonProperty item in document.RootElement.EnumerateObject())
            {
                files.Add((Path.GetFileName(item.Name), item.Value.GetProperty("bytes").GetInt64(), item.Value.GetProperty("xxh3").GetString()!));
            }
        }
        catch (Exception e) when (e is InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new InputException($"{path}: expected file names with bytes and xxh3, found something else", e);
        }

        return files;
    }

    private static string Hash(string path)
    {
        var hash = new XxHash3();
        using FileStream stream = File.OpenRead(path);
        hash.Append(stream);
        return hash.GetCurrentHashAsUInt64().ToString("x16");
    }
}
