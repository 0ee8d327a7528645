using System.Globalization;
using System.Text.Json;
using FastAlign.Core;
using FastAlign.IO.Files;
using FastAlign.IO.Tokenizers;

namespace FastAlign.IO.Checkpoints;

/// <summary>
/// What exact resume needs, in <c>checkpoints/step-N/</c> of a run folder: weights and moments bit for bit (safetensors by our parameter
/// names, in the backend's type), <c>state.json</c> as the caller gave it, and <c>checksums.json</c> over them, without which a folder counts
/// as unfinished.
/// </summary>
public static class TrainingCheckpoint
{
    public const string FolderName = "checkpoints";

    private const string Prefix = "step-";
    private const string StateName = "state.json";

    /// <summary>Writes the checkpoint of a step, all or nothing, then removes the oldest beyond <paramref name="keep"/>.</summary>
    /// <param name="runFolder">The run.</param>
    /// <param name="step">Optimizer steps done.</param>
    /// <param name="sets">Weights and moments.</param>
    /// <param name="state">A JSON object: counters, data cursor, seeds, config hash. Not interpreted here.</param>
    /// <param name="keep">Newest checkpoints that stay, this one included; 0 keeps all.</param>
    /// <returns>The folder.</returns>
    /// <exception cref="RunException">Writing failed; earlier checkpoints are as they were.</exception>
    public static string Save(string runFolder, long step, IReadOnlyList<NamedParameters> sets, JsonElement state, int keep = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfNegative(keep);
        string parent = Path.Combine(runFolder, FolderName);
        Leftovers.Clean(parent);
        string folder = Path.Combine(parent, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{step}"));
        AtomicFolder.Write(folder, temporary =>
        {
            foreach (NamedParameters named in sets)
            {
                ParameterFile.Write(Path.Combine(temporary, ParameterFile.NameOf(named)), named.Set);
            }

            File.WriteAllText(Path.Combine(temporary, StateName), state.GetRawText());
            Checksums.Write(temporary);
        });
        if (keep > 0)
        {
            Prune(runFolder, keep);
        }

        return folder;
    }

    /// <summary>The newest complete checkpoint, or null. Leftovers of a killed process are removed, unfinished folders passed over.</summary>
    public static string? Latest(string runFolder)
    {
        Leftovers.Clean(Path.Combine(runFolder, FolderName));
        return Complete(runFolder).FirstOrDefault();
    }

    /// <summary>Verifies every file, then reads weights and moments into sets of the same layout.</summary>
    /// <param name="folder">From <see cref="Latest"/>.</param>
    /// <param name="sets">Where to; the same names as when saved.</param>
    /// <returns>The state that was saved.</returns>
    /// <exception cref="InputException">A file is missing, changed, or of another model; the sets may be partly read.</exception>
    public static JsonElement Load(string folder, IReadOnlyList<NamedParameters> sets)
    {
        Checksums.Verify(folder);
        foreach (NamedParameters named in sets)
        {
            ParameterFile.Read(Path.Combine(folder, ParameterFile.NameOf(named)), named.Set);
        }

        return ReadState(folder);
    }

    /// <summary>The saved state alone: what a caller reads to build the model before <see cref="Load"/>.</summary>
    public static JsonElement ReadState(string folder)
    {
        using JsonDocument document = JsonFile.Parse(Path.Combine(folder, StateName));
        return document.RootElement.Clone();
    }

    /// <summary>Removes complete checkpoints but the newest <paramref name="keep"/>.</summary>
    public static void Prune(string runFolder, int keep)
    {
        foreach (string folder in Complete(runFolder).Skip(keep))
        {
            AtomicFolder.Delete(folder);
        }
    }

    /// <summary>Complete checkpoints, newest first.</summary>
    private static List<string> Complete(string runFolder)
    {
        string parent = Path.Combine(runFolder, FolderName);
        if (!Directory.Exists(parent))
        {
            return [];
        }

        var found = new List<(long Step, string Folder)>();
        foreach (string folder in Directory.EnumerateDirectories(parent, $"{Prefix}*"))
        {
            string number = Path.GetFileName(folder)[Prefix.Length..];
            if (long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long step) && Checksums.AreAllFilesThere(folder))
            {
                found.Add((step, folder));
            }
        }

        return [.. found.OrderByDescending(item => item.Step).Select(item => item.Folder)];
    }
}
