using System.Text.Json;
using FastAlign.Core;
using FastAlign.IO.Datasets;
using FastAlign.IO.Safetensors;
using FastAlign.Models;
using Xunit;

namespace FastAlign.Tests.Datasets;

/// <summary>Examples from raw rows against the batches that TRL's collators handed to the model: truncation and document starts included.</summary>
[Trait("Category", Goldens.Category)]
public sealed class TrainingBatchGoldenTests
{
    public static TheoryData<string> DpoRuns => Runs("trl.DPOTrainer");

    public static TheoryData<string> SftRuns => Runs("trl.SFTTrainer");

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(DpoRuns))]
    public void Build_PreferenceRows_GivesTheSequencesOfEachBatch(string run)
    {
        JsonElement description = GoldenRows.Read(Goldens.Path("training", "traj", run + ".json"));
        JsonElement settings = description.GetProperty("method_arguments");
        JsonElement data = description.GetProperty("data");
        DataRow[] rows = DataFile.Read(GoldenRows.DataPath(data.GetProperty("file").GetString()!));
        var options = new PreferenceOptions { MaxLength = GoldenRows.MaxLength(settings), Truncation = GoldenRows.Truncation(settings) };
        PreferenceExample[] examples = PreferenceDataset.Build(
            [.. GoldenRows.Ints(data.GetProperty("rows")).Select(row => rows[row])], GoldenRows.Tokenizer("stories260k"), options).Examples;

        foreach ((Batch batch, int[] members) in Batches(description, examples.Length))
        {
            for (int i = 0; i < members.Length; i++)
            {
                PreferenceExample example = examples[members[i]];
                AssertSequence(batch, i, example.Prompt, example.Chosen);
                AssertSequence(batch, members.Length + i, example.RejectedPrompt ?? example.Prompt, example.Rejected);
            }
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(SftRuns))]
    public void Build_SftRows_GivesTheTokensOfEachBatch(string run)
    {
        JsonElement description = GoldenRows.Read(Goldens.Path("training", "traj", run + ".json"));
        SftExample[] examples = SftDatasetGoldenTests.Build(description);

        foreach ((Batch batch, int[] members) in Batches(description, examples.Length))
        {
            // With documents, the collator lays all examples of a batch into one row.
            bool isOneRow = batch.Has("position_ids");
            int[][] ids = [.. members.Select(member => examples[member].Ids)];
            int[][] labels = [.. members.Select(member => examples[member].Labels)];
            Assert.Equal(isOneRow ? [[.. ids.SelectMany(row => row)]] : ids, batch.Rows("input_ids", ids, isOneRow));
            Assert.Equal(isOneRow ? [[.. labels.SelectMany(row => row)]] : labels, batch.Rows("labels", labels, isOneRow, isFirstIgnored: true));
        }
    }

    private static void AssertSequence(Batch batch, int row, int[] prompt, int[] completion)
    {
        Assert.Equal([.. prompt, .. completion], batch.Row("input_ids", row)[..batch.Row("attention_mask", row).Sum()]);
        int start = Array.IndexOf(batch.Row("completion_mask", row), 1);

        // Where truncation took the whole prompt, the library cannot score the first token left; ours is then the prompt.
        Assert.Equal(prompt.Length, Math.Max(1, start));
        Assert.Equal(completion.Length, batch.Row("completion_mask", row).Sum() - (start == 0 ? 1 : 0));
    }

    /// <summary>Micro-batches and the examples in each: in order, every epoch from the start, the last batch of an epoch as it comes.</summary>
    private static IEnumerable<(Batch Batch, int[] Members)> Batches(JsonElement description, int count)
    {
        using SafetensorsFile file = SafetensorsFile.Open(Goldens.Path("training", "traj", description.GetProperty("batches").GetString()!));
        int size = description.GetProperty("training_arguments").GetProperty("per_device_train_batch_size").GetInt32();
        int start = 0;
        for (int m = 0; file.Contains($"m{m:D3}.input_ids"); m++)
        {
            yield return (new Batch(file, $"m{m:D3}."), [.. Enumerable.Range(start, Math.Min(size, count - start))]);
            start = start + size >= count ? 0 : start + size;
        }
    }

    private static TheoryData<string> Runs(string trainer)
    {
        var runs = new TheoryData<string>();
        string folder = Goldens.Path("training", "traj");
        foreach (string path in Directory.Exists(folder) ? Directory.GetFiles(folder, "*.json") : [])
        {
            if (GoldenRows.Read(path).TryGetProperty("trainer", out JsonElement name) && name.GetString() == trainer)
            {
                runs.Add(Path.GetFileNameWithoutExtension(path));
            }
        }

        return runs;
    }

    private sealed class Batch(SafetensorsFile file, string prefix)
    {
        public bool Has(string key) => file.Contains(prefix + key);

        public int[] Row(string key, int row)
        {
            int width = (int)file[prefix + key].Shape[1];
            return file.ReadInt32(prefix + key).AsSpan(row * width, width).ToArray();
        }

        /// <summary>The rows of a tensor without their padding: as long as the expected ones.</summary>
        public int[][] Rows(string key, int[][] expected, bool isOneRow, bool isFirstIgnored = false)
        {
            int[][] rows = isOneRow ? [Row(key, 0)] : [.. expected.Select((row, i) => Row(key, i)[..row.Length])];
            foreach (int[] row in rows)
            {
                // Nothing predicts the first token, so the trainer never reads its label.
                row[0] = isFirstIgnored ? SftExample.Ignored : row[0];
            }

            return rows;
        }
    }
}
