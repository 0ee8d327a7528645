using System.Numerics;
using System.Runtime.InteropServices;
using FastAlign.Core;
using FastAlign.IO.Safetensors;
using FastAlign.Models;

namespace FastAlign.IO.Checkpoints;

/// <summary>Checks every tensor of a checkpoint against the model, then reads them block by block, so that memory is the model's own and one block.</summary>
internal sealed class WeightImport(HfConfig config, DecoderSpec spec, WeightFiles weights, ParameterSet parameters)
{
    private const string TiedHead = "lm_head.weight";
    private const int BlockElements = 1 << 20;

    private float[] _block = [];

    public void Run(IReadOnlyList<CheckpointTensor> tensors)
    {
        CheckNames(tensors);
        foreach (CheckpointTensor tensor in tensors)
        {
            CheckShape(tensor);
        }

        foreach (CheckpointTensor tensor in tensors)
        {
            Read(tensor);
        }
    }

    private void CheckNames(IReadOnlyList<CheckpointTensor> tensors)
    {
        var expected = new HashSet<string>(StringComparer.Ordinal);
        foreach (CheckpointTensor tensor in tensors)
        {
            expected.Add(weights.Find(tensor.Name)
                ?? throw new InputException($"{weights.Folder}: {tensor.Name}: expected this tensor by {config.Source}, found no such tensor"));
        }

        foreach (string name in weights.Names)
        {
            if (expected.Contains(name) || WeightFiles.IsIgnored(name))
            {
                continue;
            }

            if (name != TiedHead || !spec.IsHeadTied)
            {
                throw new InputException($"{weights.FileOf(name).Path}: {name}: expected only tensors of a {spec.ModelType} by {config.Source}, found this one");
            }

            CheckTied(weights.Find(tensors.First(t => t.Parameter == DecoderParameters.Embedding).Name)!);
        }
    }

    private void CheckShape(CheckpointTensor tensor)
    {
        string name = weights.Find(tensor.Name)!;
        SafetensorsFile file = weights.FileOf(name);
        Shape expected = parameters.ShapeOf(tensor);
        IReadOnlyList<long> found = file[name].Shape;
        bool isEqual = found.Count == expected.Rank;
        for (int i = 0; isEqual && i < expected.Rank; i++)
        {
            isEqual = found[i] == expected[i];
        }

        if (!isEqual)
        {
            string hint = tensor.Parameter is DecoderParameters.Embedding or DecoderParameters.Head ? $" (vocab_size {spec.Vocab})" : "";
            throw new InputException($"{file.Path}: {name}: expected shape {expected} by {config.Source}{hint}, found [{string.Join(", ", found)}]");
        }
    }

    private void Read(CheckpointTensor tensor)
    {
        string name = weights.Find(tensor.Name)!;
        SafetensorsFile file = weights.FileOf(name);
        long columns = file[name].Length / tensor.Rows;
        int step = tensor.IsTransposed ? tensor.Rows : (int)Math.Clamp(BlockElements / columns, 1, tensor.Rows);
        for (int row = 0; row < tensor.Rows; row += step)
        {
            int rows = Math.Min(step, tensor.Rows - row);
            Span<float> values = Block(checked((int)(rows * columns)));
            file.ReadFloat32(name, row * columns, values);
            CheckFinite(file, name, row * columns, values);
            parameters.Import(tensor with { FirstRow = tensor.FirstRow + row, Rows = rows }, values);
        }
    }

    private Span<float> Block(int length)
    {
        if (_block.Length < length)
        {
            _block = new float[length];
        }

        return _block.AsSpan(0, length);
    }

    /// <summary>A saved copy of a tied head says the same as the embedding, or config and weights do not belong together.</summary>
    private void CheckTied(string embedding)
    {
        SafetensorsFile a = weights.FileOf(embedding);
        SafetensorsFile b = weights.FileOf(TiedHead);
        bool isEqual = a[embedding].Length == b[TiedHead].Length;
        float[] other = new float[BlockElements];
        for (long first = 0; isEqual && first < a[embedding].Length; first += BlockElements)
        {
            int count = (int)Math.Min(BlockElements, a[embedding].Length - first);
            Span<float> block = Block(count);
            a.ReadFloat32(embedding, first, block);
            b.ReadFloat32(TiedHead, first, other.AsSpan(0, count));
            isEqual = MemoryMarshal.AsBytes(block).SequenceEqual(MemoryMarshal.AsBytes(other.AsSpan(0, count)));
        }

        if (!isEqual)
        {
            throw new InputException($"{b.Path}: {TiedHead}: expected the values of {embedding}, for {config.Source} ties them (tie_word_embeddings), found others");
        }
    }

    private static void CheckFinite(SafetensorsFile file, string name, long first, ReadOnlySpan<float> values)
    {
        // x - x is 0 for every finite x and NaN for all others.
        int i = 0;
        while (i <= values.Length - Vector<float>.Count)
        {
            var x = new Vector<float>(values[i..]);
            if (!Vector.EqualsAll(x - x, Vector<float>.Zero))
            {
                break;
            }

            i += Vector<float>.Count;
        }

        for (; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
            {
                throw new InputException($"{file.Path}: {name}: expected finite weights, found {values[i]} at element {first + i}");
            }
        }
    }
}
