using System.Text.Json;

namespace FastAlign.Peers;

/// <summary>One cell of a comparison.</summary>
/// <param name="Name">What is computed.</param>
/// <param name="Shape">At which size.</param>
/// <param name="Threads">On both sides.</param>
/// <param name="Ours">Times of FastAlign.</param>
/// <param name="Peer">Times of the peer, taken in turns with ours.</param>
/// <param name="GigaFlop">Arithmetic of one call, for the rate.</param>
internal sealed record PeerRow(string Name, string Shape, int Threads, Times Ours, Times Peer, double GigaFlop)
{
    public const string Header =
        "name             shape                 threads  our_best_ms  our_median_ms  peer_best_ms  peer_median_ms  ratio  our_gflops  peer_gflops";

    /// <summary>Above 1: FastAlign is faster.</summary>
    public double Ratio => Peer.BestMs / Ours.BestMs;

    public override string ToString() =>
        $"{Name,-16} {Shape,-21} {Threads,7} {Ours.BestMs,12:F3} {Ours.MedianMs,14:F3} {Peer.BestMs,13:F3} {Peer.MedianMs,15:F3} {Ratio,6:F2}" +
        $" {GigaFlop / Ours.BestMs * 1e3,11:F1} {GigaFlop / Peer.BestMs * 1e3,12:F1}";

    public static void WriteJson(IReadOnlyList<PeerRow> rows, string path)
    {
        using FileStream file = File.Create(path);
        using var json = new Utf8JsonWriter(file, new JsonWriterOptions { Indented = true });
        json.WriteStartArray();
        foreach (PeerRow row in rows)
        {
            json.WriteStartObject();
            json.WriteString("name", row.Name);
            json.WriteString("shape", row.Shape);
            json.WriteNumber("threads", row.Threads);
            json.WriteNumber("our_best_ms", row.Ours.BestMs);
            json.WriteNumber("our_median_ms", row.Ours.MedianMs);
            json.WriteNumber("peer_best_ms", row.Peer.BestMs);
            json.WriteNumber("peer_median_ms", row.Peer.MedianMs);
            json.WriteNumber("ratio", row.Ratio);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
