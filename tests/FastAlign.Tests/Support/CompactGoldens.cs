using System.IO.Compression;
using System.IO.Hashing;
using System.Text;

namespace FastAlign.Tests;

/// <summary>The compact goldens of the repository laid out as the full set is: files as they are, archives unpacked where they lie.</summary>
internal static class CompactGoldens
{
    /// <summary>Lays them out beside the test binaries, once for each state of the folder; another process may do the same at the same time.</summary>
    /// <returns>The folder.</returns>
    public static string Unpack(string folder)
    {
        string target = Path.Combine(AppContext.BaseDirectory, $"golden-{State(folder):x16}");
        if (!Directory.Exists(target))
        {
            string temporary = $"{target}.{Environment.ProcessId}";
            Fill(folder, temporary);
            Publish(temporary, target);
        }

        return target;
    }

    private static void Fill(string folder, string target)
    {
        foreach (string file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            string place = Path.Combine(target, Path.GetRelativePath(folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(place)!);
            if (Path.GetExtension(file) == ".zip")
            {
                ZipFile.ExtractToDirectory(file, Path.GetDirectoryName(place)!);
            }
            else
            {
                File.Copy(file, place);
            }
        }
    }

    private static void Publish(string temporary, string target)
    {
        try
        {
            Directory.Move(temporary, target);
        }
        catch (IOException) when (Directory.Exists(target))
        {
            // Another process was first, with the same files.
            Directory.Delete(temporary, recursive: true);
        }
    }

    /// <summary>Changes when a file comes, goes or is written.</summary>
    private static ulong State(string folder)
    {
        var hash = new XxHash3();
        foreach (string file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var info = new FileInfo(file);
            hash.Append(Encoding.UTF8.GetBytes($"{Path.GetRelativePath(folder, file)}|{info.Length}|{info.LastWriteTimeUtc.Ticks}\n"));
        }

        return hash.GetCurrentHashAsUInt64();
    }
}
