using FastAlign.Alignment;
using FastAlign.IO.Safetensors;
using FastAlign.Models;

namespace FastAlign.Tests;

/// <summary>Padded batches as the library's collators made them, read back as examples without padding.</summary>
internal sealed class StoredBatches(bool isPaired, PreferenceExtra extra = PreferenceExtra.None)
{
    private readonly List<SftExample> _sequences = [];
    private readonly List<PreferenceExample> _pairs = [];
    private readonly List<UnpairedExample> _judged = [];
    private readonly List<int[]> _mismatched = [];
    private readonly List<int[]> _members = [];

    /// <summary>Examples of each micro-batch.</summary>
    public IReadOnlyList<int[]> Members => _members;

    public ITrainingData Data => _judged.Count > 0 ? new UnpairedData(_judged, _mismatched)
        : isPaired ? new PreferenceData(_pairs, extra: extra) : new SequenceData(_sequences);

    public int LongestTokens => _judged.Count > 0
        ? _judged.Zip(_mismatched).Max(j => j.First.Prompt.Length + Math.Max(j.First.Completion.Length, j.Second.Length))
        : isPaired
        ? _pairs.Max(p => Math.Max(p.Prompt.Length + p.Chosen.Length, (p.RejectedPrompt ?? p.Prompt).Length + p.Rejected.Length))
        : _sequences.Max(s => s.Ids.Length);

    public void Add(SafetensorsFile file, string prefix)
    {
        int first = Count;
        if (file.Contains(prefix + "KL_input_ids"))
        {
            AddJudged(file, prefix);
        }
        else if (file.Contains(prefix + "chosen_input_ids"))
        {
            AddLabelledPairs(file, prefix);
        }
        else if (isPaired)
        {
            AddPairs(file, prefix);
        }
        else if (file.Contains(prefix + "cu_seq_lens_q"))
        {
            AddPack(file, prefix);
        }
        else
        {
            AddSequences(file, prefix);
        }

        _members.Add([.. Enumerable.Range(first, Count - first)]);
    }

    private int Count => _judged.Count > 0 ? _judged.Count : isPaired ? _pairs.Count : _sequences.Count;

    /// <summary>All chosen rows, then all rejected rows; a completion mask tells prompt from completion.</summary>
    private void AddPairs(SafetensorsFile file, string prefix)
    {
        int[][] ids = Rows(file, prefix + "input_ids");
        int[][] attention = Rows(file, prefix + "attention_mask");
        int[][] completion = Rows(file, prefix + "completion_mask");
        int pairs = ids.Length / 2;
        for (int p = 0; p < pairs; p++)
        {
            int[] Where(int row, int mask) => [.. ids[row].Where((_, t) => attention[row][t] == 1 && completion[row][t] == mask)];

            AddPair(Where(p, 0), Where(p, 1), Where(p + pairs, 0), Where(p + pairs, 1));
        }
    }

    /// <summary>Chosen and rejected rows in tensors of their own; labels of -100 tell prompt from completion.</summary>
    private void AddLabelledPairs(SafetensorsFile file, string prefix)
    {
        (int[] Prompt, int[] Completion)[] Side(string side)
        {
            int[][] ids = Rows(file, $"{prefix}{side}_input_ids");
            int[][] attention = Rows(file, $"{prefix}{side}_attention_mask");
            int[][] labels = Rows(file, $"{prefix}{side}_labels");
            int[] Where(int row, bool isPrompt) => [.. ids[row].Where((_, t) => attention[row][t] == 1 && labels[row][t] == SftExample.Ignored == isPrompt)];
            return [.. ids.Select((_, row) => (Where(row, true), Where(row, false)))];
        }

        foreach (((int[] Prompt, int[] Completion) chosen, (int[] Prompt, int[] Completion) rejected) in Side("chosen").Zip(Side("rejected")))
        {
            AddPair(chosen.Prompt, chosen.Completion, rejected.Prompt, rejected.Completion);
        }
    }

    private void AddPair(int[] prompt, int[] chosen, int[] rejectedPrompt, int[] rejected)
    {
        (prompt, chosen) = WithPrompt(prompt, chosen);
        (rejectedPrompt, rejected) = WithPrompt(rejectedPrompt, rejected);
        bool isShared = prompt.AsSpan().SequenceEqual(rejectedPrompt);
        _pairs.Add(new PreferenceExample(_pairs.Count, prompt, chosen, rejected) { RejectedPrompt = isShared ? null : rejectedPrompt });
    }

    /// <summary>Where truncation took the whole prompt, the first token left has no predictor: it is what the others continue.</summary>
    private static (int[] Prompt, int[] Completion) WithPrompt(int[] prompt, int[] completion) =>
        prompt.Length > 0 ? (prompt, completion) : (completion[..1], completion[1..]);

    /// <summary>Judged completions, and beside each the start of the completion of the row before it in its batch.</summary>
    private void AddJudged(SafetensorsFile file, string prefix)
    {
        int first = _judged.Count;
        int[] labels = [.. Rows(file, prefix + "label", 1).Select(row => row[0])];
        (int[] Prompt, int[] Completion)[] judged = Completions(file, prefix);
        (int[] Prompt, int[] Completion)[] mismatched = Completions(file, prefix + "KL_");
        _judged.AddRange(judged.Select((one, i) => new UnpairedExample(first + i, one.Prompt, one.Completion, labels[i] == 1)));
        int[] partners = MismatchedPairing.Previous(judged.Length, judged.Length);
        for (int i = 0; i < judged.Length; i++)
        {
            Assert.Equal(judged[i].Prompt, mismatched[i].Prompt);
            int known = Math.Min(judged[partners[i]].Completion.Length, mismatched[i].Completion.Length);
            Assert.Equal(judged[partners[i]].Completion[..known], mismatched[i].Completion[..known]);
            _mismatched.Add(mismatched[i].Completion);
        }
    }

    private static (int[] Prompt, int[] Completion)[] Completions(SafetensorsFile file, string prefix)
    {
        int[][] ids = Rows(file, prefix + "input_ids");
        int[][] attention = Rows(file, prefix + "attention_mask");
        int[][] completion = Rows(file, prefix + "completion_mask");
        int[] Where(int row, int mask) => [.. ids[row].Where((_, t) => attention[row][t] == 1 && completion[row][t] == mask)];
        return [.. ids.Select((_, row) => (Where(row, 0), Where(row, 1)))];
    }

    private void AddSequences(SafetensorsFile file, string prefix)
    {
        int[][] ids = Rows(file, prefix + "input_ids");
        int[][] labels = Rows(file, prefix + "labels");
        int[][] attention = Rows(file, prefix + "attention_mask");
        for (int row = 0; row < ids.Length; row++)
        {
            int length = attention[row].Sum();
            _sequences.Add(new SftExample(_sequences.Count, ids[row][..length], labels[row][..length], []));
        }
    }

    /// <summary>One row of documents without padding; boundaries are cumulative lengths.</summary>
    private void AddPack(SafetensorsFile file, string prefix)
    {
        int[] ends = file.ReadInt32(prefix + "cu_seq_lens_q");
        int[] lengths = [.. ends.Zip(ends.Skip(1), (start, end) => end - start)];
        _sequences.Add(new SftExample(_sequences.Count, file.ReadInt32(prefix + "input_ids"), file.ReadInt32(prefix + "labels"), lengths));
    }

    internal static int[][] Rows(SafetensorsFile file, string name) => Rows(file, name, (int)file[name].Shape[1]);

    private static int[][] Rows(SafetensorsFile file, string name, int width)
    {
        return [.. Array.ConvertAll(file.ReadInt64(name), value => (int)value).Chunk(width)];
    }
}
