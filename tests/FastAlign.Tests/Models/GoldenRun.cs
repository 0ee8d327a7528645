using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.Tests;

/// <summary>Runs a golden batch through a model and compares every field.</summary>
internal sealed class GoldenRun(ModelGolden golden, DecoderModel model, Arena arena, TokenBatch batch, Limits limits)
{
    private readonly LogProbHead _head = new(model);
    private readonly DecoderActivations _activations = new();
    private BatchTensors _tensors;
    private HeadActivations _outputs;

    public void CompareForward(ActivationMode mode)
    {
        arena.Reset();
        _tensors = BatchTensors.Upload(batch, arena);
        long start = arena.Mark();
        Tensor everyToken = BatchTensors.Upload([.. Enumerable.Range(0, batch.TokenCount)], arena);
        Tensor hidden = model.Forward(_tensors with { Sources = everyToken }, mode, _activations, arena);
        for (int layer = 0; layer < model.Spec.Layers; layer++)
        {
            Check($"hidden_*_{layer}", PerToken(_activations.Layers[layer].Input), limits.Stored);
        }

        Check($"hidden_*_{model.Spec.Layers}", PerToken(hidden), limits.Stored);
        Tensor normed = _head.Normalize(hidden, arena).Normed;
        Check("final", PerToken(normed), limits.Stored);
        Tensor logits = arena.Take(new Shape(batch.TokenCount, model.Spec.Vocab));
        _head.Logits(normed, logits);
        Check("logits", PerToken(logits), limits.Stored);
        arena.Release(start);

        _outputs = _head.Forward(model.Forward(_tensors, mode, _activations, arena), _tensors, HeadStatistics.Entropy, arena);
        Check("logp", Rows(_outputs.Outputs.LogProb), limits.Value);
        Check("entropy", Rows(_outputs.Outputs.Entropy), limits.Value);
    }

    /// <param name="tensors">The checkpoint's tensors.</param>
    /// <param name="gradients">Zeroed.</param>
    /// <param name="derivative"><c>dlogp</c> or <c>dentropy</c>.</param>
    /// <param name="prefix">Of the golden's gradient names.</param>
    public void CompareGradients(IReadOnlyList<CheckpointTensor> tensors, DecoderGradients gradients, string derivative, string prefix)
    {
        Tensor zero = Upload(new double[batch.RowCount]);
        Tensor given = Upload([.. golden.Reals($"{derivative}_0"), .. golden.Reals($"{derivative}_1")]);
        bool isEntropy = derivative == "dentropy";
        Tensor dHidden = arena.Take(new Shape(batch.RowCount, model.Spec.Hidden));
        _head.Backward(_outputs, _tensors, isEntropy ? zero : given, isEntropy ? given : Tensor.None, dHidden, gradients, arena);
        model.Backward(_tensors, _activations, dHidden, gradients, arena);

        string[] expectedNames = [.. golden.Names.Where(n => n.StartsWith(prefix, StringComparison.Ordinal))];
        Assert.NotEmpty(expectedNames);
        foreach (string name in expectedNames)
        {
            CheckpointTensor entry = tensors.First(t => prefix + t.Name == name);
            double[] actual = new double[gradients.Set.ShapeOf(entry).Length];
            gradients.Set.Export(entry, actual);
            double[] expected = golden.Reals(name);
            double scale = Math.Max(expected.Max(Math.Abs), 0.01 * golden.GradMaxAbs);
            double worst = ModelGolden.MaxDifference(expected, actual) / scale;
            Assert.True(worst <= limits.Gradient, $"{name}: relative difference {worst:E2}, limit {limits.Gradient:E0}");
        }
    }

    private Tensor Upload(double[] values)
    {
        Tensor tensor = arena.Take(new Shape(values.Length));
        model.Backend.UploadReal(values, tensor);
        return tensor;
    }

    private void Check(string name, double[][] actual, double limit)
    {
        for (int k = 0; k < actual.Length; k++)
        {
            string field = name.Contains('*', StringComparison.Ordinal) ? name.Replace("*", $"{k}", StringComparison.Ordinal) : $"{name}_{k}";
            double worst = ModelGolden.MaxDifference(golden.Reals(field), actual[k]);
            Assert.True(worst <= limit, $"{field}: difference {worst:E2}, limit {limit:E0}");
        }
    }

    private double[][] Rows(Tensor perRow)
    {
        double[] all = Download(perRow);
        ReadOnlySpan<int> starts = batch.RowStarts.Span;
        return [all[starts[0]..starts[1]], all[starts[1]..starts[2]]];
    }

    private double[][] PerToken(Tensor perToken)
    {
        double[] all = Download(perToken);
        int first = batch.Layout.Segments[0].Length * perToken.Shape.RowLength;
        return [all[..first], all[first..]];
    }

    private double[] Download(Tensor tensor)
    {
        double[] values = new double[tensor.Length];
        model.Backend.DownloadReal(tensor, values);
        return values;
    }
}
