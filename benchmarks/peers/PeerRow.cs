using System.Text.Encodings.Web;
using System.Text.Json;

namespace FastAlign.Peers;

/// <summary>What was measured of one cell.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="Ours">Times of FastAlign.</param>
/// <param name="Peer">Times of the peer, taken in turns with ours.</param>
/// <param name="OurPeakMb">Most memory that a process doing FastAlign's side alone held, 10^6 bytes; null if it was not measured.</param>
/// <param name="PeerPeakMb">The same of the peer.</param>
internal sealed record PeerRow(Cell Cell, Times Ours, Times Peer, double? OurPeakMb, double? PeerPeakMb)
{
    public static string Header =>
        $"{"name",-18} {"shape",-28} {"threads",7} {"our_best_ms",12} {"our_median_ms",14} {"peer_best_ms",13} {"peer_median_ms",15} {"ratio",6}"
        + $" {"our_rate",10} {"peer_rate",10} {"unit",-8} {"our_peak_mb",12} {"peer_peak_mb",13}";

    /// <summary>Above 1: FastAlign is faster.</summary>
    public double Ratio => Peer.BestMs / Ours.BestMs;

    public override string ToString() =>
        $"{Cell.Name,-18} {Cell.Shape,-28} {Cell.Threads,7} {Ours.BestMs,12:F3} {Ours.MedianMs,14:F3} {Peer.BestMs,13:F3} {Peer.MedianMs,15:F3} {Ratio,6:F2}"
        + $" {Cell.Work.Rate(Ours.BestMs),10:F1} {Cell.Work.Rate(Peer.BestMs),10:F1} {Cell.Work.Unit,-8} {OurPeakMb,12:F0} {PeerPeakMb,13:F0}";

    /// <summary>Writes all rows so far, so that those of a long run that is stopped are there; does nothing without a path.</summary>
    public static void WriteJson(IReadOnlyList<PeerRow> rows, string? path)
    {
        if (path is null)
        {
            return;
        }

        using FileStream file = File.Create(path);
        using var json = new Utf8JsonWriter(file, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartArray();
        foreach (PeerRow row in rows)
        {
            row.Write(json);
        }

        json.WriteEndArray();
    }

    private void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("name", Cell.Name);
        json.WriteString("shape", Cell.Shape);
        json.WriteNumber("threads", Cell.Threads);
        json.WriteNumber("our_best_ms", Ours.BestMs);
        json.WriteNumber("our_median_ms", Ours.MedianMs);
        json.WriteNumber("peer_best_ms", Peer.BestMs);
        json.WriteNumber("peer_median_ms", Peer.MedianMs);
        json.WriteNumber("ratio", Ratio);
        json.WriteString("rate_unit", Cell.Work.Unit);
        json.WriteNumber("our_rate", Cell.Work.Rate(Ours.BestMs));
        json.WriteNumber("peer_rate", Cell.Work.Rate(Peer.BestMs));
        WriteMemory(json, "our_peak_mb", OurPeakMb);
        WriteMemory(json, "peer_peak_mb", PeerPeakMb);
        json.WriteEndObject();
    }

    private static void WriteMemory(Utf8JsonWriter json, string name, double? megabytes)
    {
        if (megabytes is { } measured)
        {
            json.WriteNumber(name, measured);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
