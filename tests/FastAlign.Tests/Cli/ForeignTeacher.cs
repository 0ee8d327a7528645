using System.Text.Json.Nodes;
using FastAlign.Cpu;
using FastAlign.IO.Checkpoints;
using FastAlign.IO.Tokenizers;
using FastAlign.Models;
using FastAlign.Tests.IO;

namespace FastAlign.Tests.Cli;

/// <summary>A tiny GPT-2 with a byte-level tokenizer of a few merges: nothing in it is as in the embedded model.</summary>
internal static class ForeignTeacher
{
    private static readonly string[] Merges = ["t h", "th e", "\u0120 the", "a n", "an d", "i n", "\u0120 a", "e r", "o u", "h e"];

    /// <summary>Writes the model folder.</summary>
    public static string Write(string folder)
    {
        string[] alphabet = [.. Enumerable.Range(0, 256).Select(b => ByteAlphabet.ToChar((byte)b).ToString())];
        string[] tokens = [.. alphabet, .. Merges.Select(merge => merge.Replace(" ", "", StringComparison.Ordinal)), "<|endoftext|>"];
        string json = $$"""
            {"architectures":["GPT2LMHeadModel"],"model_type":"gpt2","n_embd":8,"n_head":2,"n_layer":1,"vocab_size":{{tokens.Length}},"n_positions":128,
            "activation_function":"gelu_new","layer_norm_epsilon":1e-05}
            """;
        using var backend = new CpuBackend(1);
        using LoadedModel model = TinyModel.Create(backend, folder, json);
        HfCheckpoint.Save(folder, model);
        var vocabulary = new JsonObject();
        for (int id = 0; id < tokens.Length; id++)
        {
            vocabulary[tokens[id]] = id;
        }

        File.WriteAllText(Path.Combine(folder, "vocab.json"), vocabulary.ToJsonString());
        File.WriteAllLines(Path.Combine(folder, "merges.txt"), ["#version: 0.2", .. Merges]);
        return folder;
    }
}
