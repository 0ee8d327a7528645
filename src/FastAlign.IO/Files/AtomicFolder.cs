using FastAlign.Core;

namespace FastAlign.IO.Files;

/// <summary>
/// Writes a folder so that it is either wholly there or not at all: filled under a temporary name beside it, every file flushed to the disk,
/// renamed. A former folder steps aside first and comes back if the process dies in between (<see cref="Leftovers.Clean"/>).
/// </summary>
public static class AtomicFolder
{
    /// <param name="path">The folder; replaced if it exists.</param>
    /// <param name="fill">Writes the content into the folder it is given.</param>
    /// <exception cref="InputException">The parent cannot be written to.</exception>
    /// <exception cref="RunException">Writing failed: a full disk, a failing device.</exception>
    public static void Write(string path, Action<string> fill)
    {
        path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        string temporary = Leftovers.TemporaryName(path);
        Create(path, temporary);
        try
        {
            fill(temporary);
            FlushAll(temporary);
            MoveIntoPlace(temporary, path);
        }
        catch (Exception e)
        {
            Directory.Delete(temporary, recursive: true);
            if (e is IOException or UnauthorizedAccessException)
            {
                throw new RunException($"{path}: cannot be written: {e.Message}", e);
            }

            throw;
        }
    }

    /// <summary>Removes a folder so that a killed process leaves none that looks whole.</summary>
    public static void Delete(string path)
    {
        string temporary = Leftovers.TemporaryName(path);
        Directory.Move(path, temporary);
        Directory.Delete(temporary, recursive: true);
    }

    private static void Create(string path, string temporary)
    {
        try
        {
            Directory.CreateDirectory(temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: expected a folder that can be made: {e.Message}", e);
        }
    }

    private static void FlushAll(string folder)
    {
        foreach (string file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            using FileStream stream = new(file, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
            stream.Flush(flushToDisk: true);
        }
    }

    private static void MoveIntoPlace(string temporary, string path)
    {
        if (!Directory.Exists(path))
        {
            Directory.Move(temporary, path);
            return;
        }

        string aside = Leftovers.AsideName(path);
        Directory.Move(path, aside);
        try
        {
            Directory.Move(temporary, path);
        }
        catch (IOException)
        {
            Directory.Move(aside, path);
            throw;
        }

        Directory.Delete(aside, recursive: true);
    }
}
