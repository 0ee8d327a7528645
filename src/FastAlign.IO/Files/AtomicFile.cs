using FastAlign.Core;

namespace FastAlign.IO.Files;

/// <summary>
/// Writes a file so that it is either wholly there or not at all: under a temporary name in the same folder, flushed to the disk, renamed. On
/// any failure the temporary file is removed and a former file of that name is as it was.
/// </summary>
public static class AtomicFile
{
    private const int BufferBytes = 1 << 16;

    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="write">Writes the whole content.</param>
    /// <exception cref="InputException">The folder does not exist or cannot be written to.</exception>
    /// <exception cref="RunException">Writing failed: a full disk, a failing device.</exception>
    public static void Write(string path, Action<Stream> write) => Write(path, write, stream => stream);

    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="write">Writes the whole content.</param>
    /// <param name="wrap">Stands between the writer and the file: how tests make a disk fail.</param>
    internal static void Write(string path, Action<Stream> write, Func<Stream, Stream> wrap)
    {
        string temporary = Leftovers.TemporaryName(path);
        FileStream file = Create(path, temporary);
        try
        {
            using (file)
            {
                Stream stream = wrap(file);
                write(stream);
                stream.Flush();
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e)
        {
            File.Delete(temporary);
            if (e is IOException or UnauthorizedAccessException)
            {
                throw new RunException($"{path}: cannot be written: {e.Message}", e);
            }

            throw;
        }
    }

    private static FileStream Create(string path, string temporary)
    {
        try
        {
            return new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferBytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: expected a folder that can be written to: {e.Message}", e);
        }
    }
}
