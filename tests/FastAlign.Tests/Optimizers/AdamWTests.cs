using System.Text.Json;
using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.Cpu;
using FastAlign.Kernels.Conformance;
using FastAlign.Models;
using Xunit;

namespace FastAlign.Tests.Optimizers;

public sealed class AdamWTests
{
    private static readonly JsonElement Golden = GoldenJson.Load("training", "optim.json");

    /// <summary>Every optimizer of the file; those that are not AdamW are listed as skipped.</summary>
    public static IEnumerable<TheoryDataRow<string>> Cases() => Golden.GetProperty("optimisers").EnumerateArray().Select(entry =>
    {
        bool isAdamW = entry.GetProperty("cls").GetString() == "torch:AdamW" && !entry.GetProperty("options").TryGetProperty("amsgrad", out _);
        return new TheoryDataRow<string>(entry.GetProperty("name").GetString()!) { Skip = isAdamW ? null : "comes with a later issue" };
    });

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Category", Goldens.Category)]
    public void Step_InDouble_MatchesTorch(string name)
    {
        using ReferenceBackend backend = new();

        // The limit of the golden's README for float64.
        AssertTrajectory(backend, name, (expected, actual) => Math.Abs(expected - actual) <= 1e-12);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Category", Goldens.Category)]
    public void Step_InSingle_MatchesTorch(string name)
    {
        using CpuBackend backend = new(1);

        // The limit of the golden's README for float32, relative to the largest values, which are below 1.
        AssertTrajectory(backend, name, (expected, actual) => Math.Abs(expected - actual) <= 1e-6 * Math.Max(1, Math.Abs(expected)));
    }

    [Fact]
    public void Step_ZeroGradient_ShrinksDecayedPartOnly()
    {
        using ReferenceBackend backend = new();
        using ParameterSet parameters = new(backend, [new ParameterSpec("w", new Shape(3), true), new ParameterSpec("b", new Shape(2), false)]);
        using ParameterSet gradients = parameters.ZerosLike();
        using AdamW optimizer = new(parameters, new AdamWOptions { WeightDecay = 0.5 });
        backend.Ops.Fill(parameters["w"], 2);
        backend.Ops.Fill(parameters["b"], 2);

        optimizer.Step(parameters, gradients, 0.1);

        Assert.Equal([1.9, 1.9, 1.9], Read(parameters["w"], backend));
        Assert.Equal([2, 2], Read(parameters["b"], backend));
    }

    [Fact]
    public void Step_FirstStep_MovesByTheRateAgainstTheSign()
    {
        using ReferenceBackend backend = new();
        using ParameterSet parameters = new(backend, [new ParameterSpec("b", new Shape(2), false)]);
        using ParameterSet gradients = parameters.ZerosLike();
        using AdamW optimizer = new(parameters, new AdamWOptions { Epsilon = 0 });
        backend.UploadReal([3e-7, -5e4], gradients["b"]);

        optimizer.Step(parameters, gradients, 0.25);

        // m / (1 - b1) = g and v / (1 - b2) = g^2, so the step is the rate; a handful of roundings remain.
        Assert.All(Read(parameters["b"], backend).Zip([-0.25, 0.25]), pair => Assert.Equal(pair.Second, pair.First, 1e-14));
    }

    [Fact]
    public void Step_GradientScale_EqualsScaledGradients()
    {
        using ReferenceBackend backend = new();
        using ParameterSet scaled = new(backend, [new ParameterSpec("w", new Shape(4), true)]);
        using ParameterSet plain = scaled.ZerosLike();
        using ParameterSet gradients = scaled.ZerosLike();
        using AdamW first = new(scaled, new AdamWOptions());
        using AdamW second = new(plain, new AdamWOptions());
        backend.UploadReal([1, -2, 3, -4], gradients["w"]);

        first.Step(scaled, gradients, 0.1, 0.5);
        backend.Ops.Scale(gradients.All, 0.5);
        second.Step(plain, gradients, 0.1);

        Assert.Equal(Read(plain["w"], backend), Read(scaled["w"], backend));
        Assert.Equal(Read(second.SecondMoment.All, backend), Read(first.SecondMoment.All, backend));
    }

    [Fact]
    public void Step_Resumed_ContinuesToTheSameBits()
    {
        using ReferenceBackend backend = new();
        using ParameterSet parameters = new(backend, [new ParameterSpec("w", new Shape(4), true)]);
        using ParameterSet gradients = parameters.ZerosLike();
        using AdamW whole = new(parameters, new AdamWOptions());
        backend.UploadReal([0.1, -0.2, 0.3, 0], gradients["w"]);
        whole.Step(parameters, gradients, 0.1);
        using ParameterSet resumedParameters = parameters.Clone();
        using AdamW resumed = new(resumedParameters, new AdamWOptions()) { StepCount = whole.StepCount };
        backend.Ops.Copy(whole.FirstMoment.All, resumed.FirstMoment.All);
        backend.Ops.Copy(whole.SecondMoment.All, resumed.SecondMoment.All);

        whole.Step(parameters, gradients, 0.05);
        resumed.Step(resumedParameters, gradients, 0.05);

        Assert.Equal(Read(parameters["w"], backend), Read(resumedParameters["w"], backend));
    }

    [Fact]
    public void Step_Repeated_AllocatesNothing()
    {
        using NullBackend backend = new("plan", DType.F32, 0);
        using ParameterSet parameters = new(backend, [new ParameterSpec("w", new Shape(4), true), new ParameterSpec("b", new Shape(4), false)]);
        using AdamW optimizer = new(parameters, new AdamWOptions());
        optimizer.Step(parameters, parameters, 0.1);

        long before = GC.GetAllocatedBytesForCurrentThread();
        optimizer.Step(parameters, parameters, 0.1);
        long after = GC.GetAllocatedBytesForCurrentThread();

        Assert.Equal(before, after);
    }

    [Theory]
    [InlineData(1.0, 0.999, 1e-8, 0, "adam_beta1")]
    [InlineData(0.9, -0.1, 1e-8, 0, "adam_beta2")]
    [InlineData(0.9, 0.999, double.NaN, 0, "adam_epsilon")]
    [InlineData(0.9, 0.999, 1e-8, -1, "weight_decay")]
    public void Options_OutOfRange_NamesTheOption(double beta1, double beta2, double epsilon, double decay, string option)
    {
        AdamWOptions options = new() { Beta1 = beta1, Beta2 = beta2, Epsilon = epsilon, WeightDecay = decay };

        InputException error = Assert.Throws<InputException>(options.Validate);

        Assert.StartsWith(option, error.Message);
    }

    private static void AssertTrajectory(Backend backend, string name, Func<double, double, bool> isClose)
    {
        JsonElement golden = Golden.GetProperty("optimisers").Named(name);
        string[] names = [.. golden.GetProperty("params").EnumerateArray().Select(p => p.GetString()!)];
        using ParameterSet parameters = new(backend, [.. names.Select(p => new ParameterSpec(p, ShapeOf(p), true))]);
        using ParameterSet gradients = parameters.ZerosLike();
        using AdamW optimizer = new(parameters, Options(golden.GetProperty("options")));
        Upload(Golden.GetProperty("params0"), parameters);

        int steps = golden.GetProperty("after_step").GetArrayLength();
        for (int t = 0; t < steps; t++)
        {
            Upload(Golden.GetProperty("grads")[t], gradients);
            double rate = golden.TryGetProperty("lr_used", out JsonElement rates) ? rates[t].Number() : golden.GetProperty("options").GetProperty("lr").Number();
            optimizer.Step(parameters, gradients, rate);
            foreach (string p in names)
            {
                double[] expected = golden.GetProperty("after_step")[t].GetProperty(p).Numbers();
                double[] actual = Read(parameters[p], backend);
                Assert.All(expected.Zip(actual), pair => Assert.True(isClose(pair.First, pair.Second), $"step {t + 1} {p}: expected {pair.First:R}, got {pair.Second:R}"));
            }
        }
    }

    private static Shape ShapeOf(string parameter)
    {
        int[] dims = [.. Golden.GetProperty("shapes").GetProperty(parameter).EnumerateArray().Select(d => d.GetInt32())];
        return dims.Length == 1 ? new Shape(dims[0]) : new Shape(dims[0], dims[1]);
    }

    /// <summary>The options passed to torch; its defaults are ours but for the weight decay.</summary>
    private static AdamWOptions Options(JsonElement options)
    {
        double[] betas = options.TryGetProperty("betas", out JsonElement pair) ? pair.Numbers() : [0.9, 0.999];
        return new AdamWOptions { Beta1 = betas[0], Beta2 = betas[1], Epsilon = options.Number("eps", 1e-8), WeightDecay = options.Number("weight_decay", 0.01) };
    }

    private static void Upload(JsonElement values, ParameterSet to)
    {
        foreach (ParameterSpec spec in to.Specs)
        {
            to.Backend.UploadReal(values.GetProperty(spec.Name).Numbers(), to[spec.Name]);
        }
    }

    private static double[] Read(Tensor tensor, Backend backend)
    {
        double[] values = new double[tensor.Shape.Length];
        backend.DownloadReal(tensor, values);
        return values;
    }
}
