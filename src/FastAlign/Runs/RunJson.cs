using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace FastAlign;

/// <summary>Source-generated JSON metadata: reading and writing need no reflection, so the library stays AOT-safe.</summary>
[JsonSerializable(typeof(double))]
[JsonSerializable(typeof(string))]
internal sealed partial class RunJson : JsonSerializerContext
{
    public static JsonSerializerOptions Indented { get; } = new(JsonSerializerDefaults.General) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
