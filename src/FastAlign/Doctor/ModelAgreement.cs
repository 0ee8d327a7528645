using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.Cpu;
using FastAlign.Models;

namespace FastAlign;

/// <summary>How far a backend is from the host in one respect.</summary>
/// <param name="Name">What was compared.</param>
/// <param name="Worst">Largest difference.</param>
/// <param name="Limit">Accepted.</param>
public sealed record ModelDifference(string Name, double Worst, double Limit)
{
    public bool IsPassed => Worst <= Limit;
}

/// <summary>
/// A whole tiny decoder (grouped heads, rotary embedding, gated MLP, prompts shared by two completions) on a backend against the host: log-probs, every
/// gradient, and the losses of three steps of DPO.
/// </summary>
public static class ModelAgreement
{
    // Each backend keeps the limits of the golden models, 3e-5 nats and 2e-5 of the gradient; so two of them are within twice that of each other.
    private const double LogProbLimit = 6e-5;
    private const double GradientLimit = 4e-5;

    // Gradients are compared with the largest entry of their tensor, or with this share of the model's largest where a tensor's are all small.
    private const double SmallTensor = 0.01;

    // Relative; updates amplify differences of the gradients, and the promise for twenty steps is this.
    private const double LossLimit = 1e-4;

    private const int Steps = 3;
    private const int MaxLength = 96;

    private static readonly DecoderSpec Spec = new()
    {
        ModelType = "llama",
        Layers = 2,
        Hidden = 40,
        Heads = 4,
        KvHeads = 2,
        HeadDim = 10,
        Ffn = 52,
        Vocab = 211,
        MaxPositions = MaxLength,
        AttentionScale = 1 / Math.Sqrt(10),
        Rotary = new RotarySpec([1, 0.3, 0.1, 0.03, 0.01]),
    };

    /// <summary>Compares a backend with the host.</summary>
    public static IReadOnlyList<ModelDifference> Run(Backend backend)
    {
        using var host = new CpuBackend(1);
        Outcome expected = Train(host);
        Outcome got = Train(backend);
        double logProbs = Worst(expected.LogProbs, got.LogProbs);
        double losses = expected.Losses.Zip(got.Losses, static (a, b) => Distance(a, b) / Math.Abs(a)).Max();
        return
        [
            new ModelDifference("log_probs", logProbs, LogProbLimit),
            new ModelDifference("gradients", GradientDifference(expected.Gradients, got.Gradients), GradientLimit),
            new ModelDifference("losses_of_three_steps", losses, LossLimit),
        ];
    }

    private static Outcome Train(Backend backend)
    {
        using var parameters = new ParameterSet(backend, DecoderParameters.Of(Spec));
        Fill(parameters);
        using ParameterSet frozen = parameters.Clone();
        using var reference = new DecoderModel(Spec, frozen, MaxLength);
        PreferenceData data = new(Pairs());
        var task = new TrainingTask(data, PairLosses.Dpo(new DpoOptions()), new FrozenReference(reference));
        var options = new TrainingOptions { BatchSize = data.Count, MaxSteps = Steps, IsShuffled = false, LearningRate = 1e-3 };
        (double[] logProbs, double[][] gradients) = Gradients(parameters, task, options);
        using var trainer = new Trainer(Spec, parameters, MaxLength, task, null, options);
        double[] losses = new double[Steps];
        for (int step = 0; step < Steps; step++)
        {
            losses[step] = trainer.Step()["loss"];
        }

        return new Outcome(logProbs, gradients, losses);
    }

    private static (double[] LogProbs, double[][] Gradients) Gradients(ParameterSet parameters, TrainingTask task, TrainingOptions options)
    {
        Backend backend = parameters.Backend;
        using ParameterSet gradients = parameters.ZerosLike();
        using var model = new DecoderModel(Spec, parameters, MaxLength);
        long arena = MemoryPlan.Of(Spec, parameters.Specs, MaxLength, backend, task, null, options).ArenaBytes;
        using var pass = new TrainingPass(model, new DecoderGradients(Spec, gradients), ActivationMode.Save, arena);
        int[] all = [.. Enumerable.Range(0, task.Data.Count)];
        TokenBatch batch = task.Data.Build(all);
        pass.Train(task, batch, all, task.Data.Counts(all), new MetricAccumulator(MetricAveraging.Items));
        double[][] values = [.. parameters.Specs.Select(spec => Read(backend, gradients[spec.Name]))];
        return (pass.LogProbs[..batch.RowCount].ToArray(), values);
    }

    private static double[] Read(Backend backend, Tensor tensor)
    {
        double[] values = new double[tensor.Length];
        backend.DownloadReal(tensor, values);
        return values;
    }

    private static void Fill(ParameterSet parameters)
    {
        for (int s = 0; s < parameters.Specs.Count; s++)
        {
            Tensor tensor = parameters[parameters.Specs[s].Name];
            var random = new Philox(1, RandomPurpose.Test, (ulong)s);

            // Norm weights lie around 1; matrices are small enough that no logit saturates.
            (double centre, double spread) = tensor.Shape.Rank == 1 ? (1, 0.1) : (0, 0.15);
            double[] values = [.. Enumerable.Range(0, (int)tensor.Length).Select(i => (double)(float)(centre + (spread * random.Normal((ulong)i))))];
            parameters.Backend.UploadReal(values, tensor);
        }
    }

    private static PreferenceExample[] Pairs() => [Pair(0, 19, 7, 11), Pair(1, 1, 5, 2), Pair(2, 70, 3, 8)];

    private static PreferenceExample Pair(int row, int prompt, int chosen, int rejected)
    {
        var random = new Philox(2, RandomPurpose.Test, (ulong)row);
        int[] ids = [.. Enumerable.Range(0, prompt + chosen + rejected).Select(i => random.Integer((ulong)i, Spec.Vocab))];
        return new PreferenceExample(row, ids[..prompt], ids[prompt..(prompt + chosen)], ids[(prompt + chosen)..]);
    }

    private static double GradientDifference(double[][] expected, double[][] got)
    {
        double largest = expected.Max(Largest);
        return expected.Zip(got, (a, b) => Worst(a, b) / Math.Max(Largest(a), SmallTensor * largest)).Max();
    }

    private static double Largest(double[] values) => values.Max(Math.Abs);

    private static double Worst(double[] expected, double[] got) => expected.Zip(got, Distance).Max();

    /// <summary>Infinite where something is not a number, so that it fails every limit.</summary>
    private static double Distance(double expected, double got) => double.IsFinite(got) ? Math.Abs(got - expected) : double.PositiveInfinity;

    private sealed record Outcome(double[] LogProbs, double[][] Gradients, double[] Losses);
}
