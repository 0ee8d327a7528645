using System.Text;
using System.Text.Json;

namespace FastAlign.Cli;

/// <summary>Results for programs: one indented JSON object.</summary>
internal static class JsonOutput
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true };

    /// <param name="to">Where to.</param>
    /// <param name="content">Writes the properties of the object.</param>
    public static void Write(TextWriter to, Action<Utf8JsonWriter> content)
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory, Indented))
        {
            json.WriteStartObject();
            content(json);
            json.WriteEndObject();
        }

        to.WriteLine(Encoding.UTF8.GetString(memory.ToArray()));
    }
}
