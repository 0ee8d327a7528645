using System.Text.Json;
using FastAlign.Core;
using FastAlign.IO.Safetensors;
using FastAlign.Models;

namespace FastAlign.Tests;

/// <summary>One folder of <c>goldens/models</c>: a checkpoint and the expected values beside it.</summary>
internal sealed class ModelGolden : IDisposable
{
    private readonly SafetensorsFile _values;

    public ModelGolden(string family)
    {
        Folder = Goldens.Path("models", family);
        _values = SafetensorsFile.Open(System.IO.Path.Combine(Folder, "golden.safetensors"));
        using JsonDocument index = JsonDocument.Parse(File.ReadAllText(Goldens.Path("models", "index.json")));
        JsonElement entry = index.RootElement.GetProperty("families").EnumerateArray().First(f => f.GetProperty("name").GetString() == family);
        GradMaxAbs = entry.GetProperty("grad_max_abs").GetDouble();
        ZeroGradients = entry.TryGetProperty("zero_grad", out JsonElement zero) && zero.ValueKind == JsonValueKind.Array
            ? [.. zero.EnumerateArray().Select(z => z.GetString()!)]
            : [];
    }

    public string Folder { get; }

    /// <summary>Largest gradient entry of the family.</summary>
    public double GradMaxAbs { get; }

    /// <summary>Parameters whose true gradient is 0: compared absolutely.</summary>
    public IReadOnlyList<string> ZeroGradients { get; }

    public bool Has(string name) => _values.Entries.Any(e => e.Name == name);

    public IEnumerable<string> Names => _values.Entries.Select(e => e.Name);

    public double[] Reals(string name) => _values.ReadFloat64(name);

    public int[] Ids(string name) => Array.ConvertAll(_values.ReadInt64(name), id => (int)id);

    public void Dispose() => _values.Dispose();

    /// <summary>Families on disk, in order. Those whose model type the engine does not know yet are skipped by name, once: where <paramref name="showsUnknown"/>.</summary>
    public static IEnumerable<TheoryDataRow<string>> Families(Func<string, bool> isWanted, bool showsUnknown)
    {
        using JsonDocument index = JsonDocument.Parse(File.ReadAllText(Goldens.Path("models", "index.json")));
        foreach (JsonElement family in index.RootElement.GetProperty("families").EnumerateArray())
        {
            string name = family.GetProperty("name").GetString()!;
            string modelClass = family.GetProperty("model_class").GetString()!;
            if (!isWanted(modelClass) || !Directory.Exists(Goldens.Path("models", name)))
            {
                continue;
            }

            string modelType = family.GetProperty("model_type").GetString()!;
            bool isKnown = Architecture.All.Any(a => a.ModelType == modelType);
            if (!isKnown && !showsUnknown)
            {
                continue;
            }

            yield return new TheoryDataRow<string>(name) { Skip = isKnown ? null : $"{name}: model_type {modelType} comes with the issue that adds more architectures" };
        }
    }

    /// <summary>Both sequences as roots of one forest, every token but the first of each scored.</summary>
    public TokenBatch Batch()
    {
        var builder = new TokenBatchBuilder();
        for (int k = 0; k < 2; k++)
        {
            builder.ScoreFrom(builder.AddSegment(Ids($"ids_{k}")), 1);
            builder.EndSequence();
        }

        return builder.Build();
    }

    public static double MaxDifference(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        double worst = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double difference = Math.Abs(expected[i] - actual[i]);
            worst = double.IsNaN(difference) ? double.PositiveInfinity : Math.Max(worst, difference);
        }

        return worst;
    }
}
