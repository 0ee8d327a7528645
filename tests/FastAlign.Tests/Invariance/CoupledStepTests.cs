using FastAlign.Alignment;
using FastAlign.Models;

namespace FastAlign.Tests.Invariance;

/// <summary>Losses that look at all sequences of a step: the cut into micro-batches must not show. References that move with the policy.</summary>
[Trait("Category", Goldens.Category)]
public sealed class CoupledStepTests
{
    private const int Steps = 3;

    /// <remarks>Untied models: see GradientInvarianceTests on tied embeddings.</remarks>
    [Theory, InlineData("llama"), InlineData("mistral"), InlineData("llama-bias")]
    public void Weights_CoupledLossInOneTwoOrFourMicroBatches_HaveTheSameBits(string name)
    {
        (int[] expected, double[] losses) = Train(name, 4, 1, AccumulationMode.Step);

        Assert.Equal(expected, Train(name, 2, 2, AccumulationMode.Step).Weights);
        (int[] weights, double[] lossesInFour) = Train(name, 1, 4, AccumulationMode.Step);
        Assert.Equal(expected, weights);
        Assert.Equal(losses, lossesInFour);
    }

    /// <summary>A micro-batch runs forward twice, but is put together once.</summary>
    [Fact]
    public void Step_CoupledLoss_BuildsEachMicroBatchOnce()
    {
        using var model = new HostModel("llama");
        var data = new CountedData(new PreferenceData(model.Pairs(8)));
        using var trainer = new Trainer(
            model.Spec, model.Parameters, model.Model.MaxLength, new TrainingTask(data, new SquaredMeanLoss()), null, Options(2, 4, AccumulationMode.Step));
        int before = data.Built;

        trainer.Step();

        Assert.Equal(4, data.Built - before);
    }

    [Fact]
    public void Weights_MicroBatchesEachByItself_DifferFromTheWholeStep() =>
        Assert.NotEqual(Train("llama", 2, 2, AccumulationMode.Step).Weights, Train("llama", 2, 2, AccumulationMode.MicroBatchMean).Weights);

    [Fact]
    public void Loss_MicroBatchMean_IsTheMeanOfTheMicroBatches()
    {
        using var model = new HostModel("llama");
        TrainingTask task = Task(model);
        using var trainer = new Trainer(model.Spec, model.Parameters, model.Model.MaxLength, task, null, Options(2, 2, AccumulationMode.MicroBatchMean));
        var order = new DataOrder(task.Data.Count, Options(2, 2, AccumulationMode.MicroBatchMean));
        double expected = 0;
        foreach (int[] batch in order.Step(0))
        {
            expected += trainer.Pass.Evaluate(task, task.Data.Build(batch), batch, task.Data.Counts(batch), new MetricAccumulator(MetricAveraging.Items)) / 2;
        }

        Assert.Equal(expected, trainer.Step()["loss"]);
    }

    [Theory, InlineData(1), InlineData(3), InlineData(8)]
    public void Evaluation_OfACoupledLoss_DoesNotDependOnTheBatchSize(int batchSize)
    {
        using var model = new HostModel("llama");
        TrainingTask task = Task(model);
        using var trainer = new Trainer(model.Spec, model.Parameters, model.Model.MaxLength, task, null, Options(8, 1, AccumulationMode.Step));
        double whole = Evaluator.Evaluate(trainer.Pass, task, 8, new MetricAccumulator(MetricAveraging.Items));

        double loss = Evaluator.Evaluate(trainer.Pass, task, batchSize, new MetricAccumulator(MetricAveraging.Items));

        Assert.Equal(whole, loss);
    }

    [Fact]
    public void MovingReference_AfterEverySecondStep_IsTheMixtureOfItselfAndThePolicy()
    {
        using var model = new HostModel("llama");
        using ParameterSet frozen = model.Parameters.Clone();
        using var decoder = new DecoderModel(model.Spec, frozen, model.Model.MaxLength);
        var task = new TrainingTask(new PreferenceData(model.Pairs(8)), PairLosses.Dpo(new DpoOptions()), new FrozenReference(decoder));
        TrainingOptions options = Options(4, 1, AccumulationMode.Step) with { ReferenceSyncSteps = 2, ReferenceMixupAlpha = 0.6 };
        using var trainer = new Trainer(model.Spec, model.Parameters, model.Model.MaxLength, task, null, options);
        float[] start = HostModel.Download(frozen.All);

        trainer.Step();
        Assert.Equal(start, HostModel.Download(frozen.All));
        trainer.Step();

        float[] policy = HostModel.Download(model.Parameters.All);
        float[] mixed = HostModel.Download(frozen.All);
        for (int i = 0; i < start.Length; i++)
        {
            // Three roundings to float: two products and their sum.
            Assert.Equal((0.4 * start[i]) + (0.6 * policy[i]), mixed[i], 3e-7 * (Math.Abs(start[i]) + Math.Abs(policy[i])));
        }

        Assert.Same(frozen, trainer.MovingReference);
    }

    private static (int[] Weights, double[] Losses) Train(string name, int batchSize, int accumulation, AccumulationMode mode)
    {
        using var model = new HostModel(name);
        using var trainer = new Trainer(model.Spec, model.Parameters, model.Model.MaxLength, Task(model), null, Options(batchSize, accumulation, mode));
        double[] losses = new double[Steps];
        for (int step = 0; step < Steps; step++)
        {
            losses[step] = trainer.Step()["loss"];
        }

        return (HostModel.Bits(model.Parameters.All), losses);
    }

    private static TrainingTask Task(HostModel model) => new(new PreferenceData(model.Pairs(8)), new SquaredMeanLoss());

    private static TrainingOptions Options(int batchSize, int accumulation, AccumulationMode mode) => new()
    {
        BatchSize = batchSize,
        AccumulationSteps = accumulation,
        Accumulation = mode,
        MaxSteps = Steps,
        LearningRate = 1e-3,
    };

    /// <summary>Data that count how often a batch was built.</summary>
    private sealed class CountedData(ITrainingData data) : ITrainingData
    {
        public int Built { get; private set; }

        public int Count => data.Count;

        public HeadStatistics Statistics => data.Statistics;

        public TokenBatch Build(ReadOnlySpan<int> examples)
        {
            Built++;
            return data.Build(examples);
        }

        public StepCounts Counts(ReadOnlySpan<int> examples) => data.Counts(examples);

        public void Fill(ReadOnlySpan<int> examples, ColumnSet columns) => data.Fill(examples, columns);

        public long TokenCount(ReadOnlySpan<int> examples) => data.TokenCount(examples);

        public int RowOf(int example) => data.RowOf(example);
    }

    /// <summary><c>(mean_s sum_t c_t logp_t)^2 / 2</c>, c by the token: every row's gradient depends on all others, and rows differ in it.</summary>
    private sealed class SquaredMeanLoss : ILoss
    {
        public string Name => "squared_mean";

        public bool NeedsReference => false;

        public bool IsCoupled => true;

        public IReadOnlyList<string> Warnings => [];

        public double Evaluate(in LossInputs inputs, StepCounts step, in LossGradients gradients, MetricAccumulator metrics)
        {
            inputs.Validate();
            double sum = 0;
            for (int t = 0; t < inputs.Rows; t++)
            {
                sum += Coefficient(inputs, t) * inputs.LogProb[t];
            }

            double mean = sum / step.Sequences;
            for (int t = 0; t < inputs.Rows; t++)
            {
                gradients.LogProb[t] = Coefficient(inputs, t) * mean / step.Sequences;
            }

            return mean * mean / 2;
        }

        private static double Coefficient(in LossInputs inputs, int row) => 1 + (inputs.Target[row] % 3);
    }
}
