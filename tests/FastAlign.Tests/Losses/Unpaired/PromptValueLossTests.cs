using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.Cpu;
using FastAlign.Kernels.Conformance;
using FastAlign.Models;
using FastAlign.Tests.Invariance;
using Xunit;

namespace FastAlign.Tests.Losses;

/// <summary>The value network's half of DRO: by hand, by finite differences, and through the trainer beside a policy that stands still.</summary>
public sealed class PromptValueLossTests
{
    private const int MaxLength = 12;

    [Fact]
    public void Evaluate_TwoPrompts_IsTheHandComputedLoss()
    {
        // V = 1 and 0.5; residuals 2 - 1 - 0.5 * 0.4 = 0.8 and -1 - 0.5 + 0.5 * 0.2 = -1.4.
        (double loss, double[] gradient) = Evaluate([0.5, 1.5, 0.5]);

        Assert.Equal(((0.8 * 0.8) + (1.4 * 1.4)) / 4, loss, 1e-15);
        Assert.Equal([-0.2, -0.2, 0.7], gradient.Select(g => Math.Round(g, 15)));
    }

    [Fact]
    public void Evaluate_Gradient_IsTheDerivative()
    {
        const double H = 1e-5;
        double[] scores = [0.3, -0.7, 1.1];
        double[] gradient = Evaluate(scores).Gradient;
        for (int t = 0; t < scores.Length; t++)
        {
            double at = scores[t];
            scores[t] = at + H;
            double above = Evaluate(scores).Loss;
            scores[t] = at - H;
            double below = Evaluate(scores).Loss;
            scores[t] = at;

            // A quadratic has no truncation error; rounding is 1e-16 / H.
            Assert.Equal((above - below) / (2 * H), gradient[t], 1e-10);
        }
    }

    /// <summary>
    /// With a policy that stands still h = 0, so V must learn the mean reward of each prompt, whatever its completions: 0.5 for one, -2 for the other; what
    /// is left of the loss is half the variance of the rewards.
    /// </summary>
    [Fact]
    public void Run_PolicyStandsStill_ValuesBecomeTheMeanRewardsOfPrompts()
    {
        using var backend = new CpuBackend(1);
        (double[] losses, double[] values, _, _) = Run(backend, policyRate: 0, steps: 300);

        // Prompt one: rewards 1.5, -0.5 (variance 1); prompt two: -2, -2. Half of it, over all four completions: 0.25. AdamW at a rate of 1e-2 comes this near.
        Assert.Equal([0.5, 0.5, -2, -2], values.Select(value => Math.Round(value, 1)));
        Assert.Equal(0.25, losses[^1], 1e-3);
    }

    [Fact]
    public void Run_WithValueNetwork_PeaksAtThePlan()
    {
        using var backend = new CpuBackend(2);

        (_, _, long planned, _) = Run(backend, policyRate: 1e-3, steps: 3);

        Assert.Equal(planned, backend.PeakBytes);
        Assert.Equal(0, backend.LiveBuffers);
    }

    [Fact]
    public void Run_CutOtherwise_ReportsTheSameLosses()
    {
        using var backend = new ReferenceBackend();
        double[] whole = Run(backend, policyRate: 1e-2, steps: 4).PolicyLosses;
        double[] cut = Run(backend, policyRate: 1e-2, steps: 4, batchSize: 1).PolicyLosses;

        // Sums of few terms of order 1 in another order, in double, over four steps.
        Assert.All(whole.Zip(cut), pair => Assert.Equal(pair.First, pair.Second, 1e-11));
    }

    private static (double Loss, double[] Gradient) Evaluate(double[] scores)
    {
        var columns = new ColumnSet();
        ((double[])[2, -1]).CopyTo(columns.Take(Column.Reward, 2));
        ((double[])[0.4, -0.2]).CopyTo(columns.Take(Column.LogRatio, 2));
        double[] gradient = new double[3];
        double loss = new PromptValueLoss(0.5).Evaluate(
            new LossInputs { LogProb = [], RowStarts = [0, 2, 3], Scores = scores, Labels = 1, Columns = columns },
            new StepCounts(2, 3),
            new LossGradients { LogProb = [], Scores = gradient },
            new MetricAccumulator(MetricAveraging.Items));
        return (loss, gradient);
    }

    private static (double[] ValueLosses, double[] Values, long Planned, double[] PolicyLosses) Run(Backend backend, double policyRate, int steps, int batchSize = 4)
    {
        const double Rate = 1e-2;
        const double Still = 1e-12;
        DecoderSpec spec = RandomDecoder.Spec("rms-gated") with { MaxPositions = MaxLength };
        using ParameterSet policy = RandomDecoder.Weights(spec, backend, 1);
        using ParameterSet frozen = policy.Clone();
        using var model = new DecoderModel(spec, frozen, MaxLength);
        using ParameterSet weights = RandomDecoder.Weights(spec, backend, 2, labels: 1);
        using var values = new ValueNetwork(spec, weights, MaxLength, new ValueOptions(0.5, policyRate == 0 ? Rate / Still : 1));
        UnpairedExample[] examples =
        [
            new(0, [1, 2, 3], [4, 5], true) { Reward = 1.5 }, new(1, [1, 2, 3], [6], false) { Reward = -0.5 },
            new(2, [7, 8], [9, 4, 1], false) { Reward = -2 }, new(3, [7, 8], [10], false) { Reward = -2 },
        ];
        var loss = (SequenceLoss<FastAlign.Kernels.DirectRewardSequence<FastAlign.Kernels.Dual<FastAlign.Kernels.ScalarDouble>>>)UnpairedLosses.Create(
            "dro", new UnpairedOptions { Tau = 0.5, HasValueNetwork = true });
        var data = new UnpairedData(examples);
        var task = new TrainingTask(data, loss, new FrozenReference(model)) { Values = values };
        var options = new TrainingOptions
        {
            BatchSize = batchSize,
            AccumulationSteps = 4 / batchSize,
            MaxSteps = steps,
            LearningRate = policyRate == 0 ? Still : policyRate,
            Schedule = "constant",
            MaxGradNorm = 0,
        };
        using var trainer = new Trainer(spec, policy, MaxLength, task, null, options);
        TrainingReport[] reports = [.. Enumerable.Range(0, steps).Select(_ => trainer.Step())];
        var columns = new ColumnSet();
        data.Fill([0, 1, 2, 3], columns);
        return (
            [.. reports.Select(report => report[UnpairedMetrics.ValueLoss.Name])], columns.Values(Column.Value).ToArray(), trainer.Plan.TotalBytes,
            [.. reports.Select(report => report[Metric.Loss.Name])]);
    }
}
