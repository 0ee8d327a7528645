using FastAlign.Alignment;
using FastAlign.Models;

namespace FastAlign.Tests.Invariance;

/// <summary>Whole training steps: same weights at any thread count and in repeated runs; a DPO run starts at log-ratios of exactly 0.</summary>
[Trait("Category", Goldens.Category)]
public sealed class TrainerInvarianceTests
{
    private const int Steps = 3;

    public static IEnumerable<TheoryDataRow<string>> Models() => HostModel.Models();

    [Theory, MemberData(nameof(Models))]
    public void Weights_AfterThreeStepsOnOneTwoOrSevenThreads_HaveTheSameBits(string name)
    {
        int[] expected = Train(name, 1, 2, 2, out int[] start);

        Assert.NotEqual(start, expected);
        Assert.Equal(expected, Train(name, 2, 2, 2, out _));
        Assert.Equal(expected, Train(name, 7, 2, 2, out _));
        Assert.Equal(expected, Train(name, 7, 2, 2, out _));
    }

    /// <remarks>An untied model: see GradientInvarianceTests on tied embeddings.</remarks>
    [Theory, InlineData("llama"), InlineData("mistral"), InlineData("llama-bias")]
    public void Weights_AfterThreeStepsInOneTwoOrFourMicroBatches_HaveTheSameBits(string name)
    {
        int[] expected = Train(name, 2, 4, 1, out _);

        Assert.Equal(expected, Train(name, 2, 2, 2, out _));
        Assert.Equal(expected, Train(name, 2, 1, 4, out _));
    }

    [Theory, MemberData(nameof(Models))]
    public void FirstStep_FrozenReference_HasLossLn2AndRatiosOfZero(string name)
    {
        using var model = new HostModel(name);
        using ParameterSet frozen = model.Parameters.Clone();
        using var reference = new DecoderModel(model.Spec, frozen, model.Model.MaxLength);

        AssertStart(model, new FrozenReference(reference));
    }

    [Theory, MemberData(nameof(Models))]
    public void FirstStep_ReferenceTableMadePairByPair_HasLossLn2AndRatiosOfZero(string name)
    {
        using var model = new HostModel(name);
        var data = new PreferenceData(model.Pairs(4), isPromptShared: false);
        var table = new double[data.Count][];
        for (int i = 0; i < table.Length; i++)
        {
            table[i] = [.. model.Forward(data.Build([i])).LogProb.Select(bits => (double)BitConverter.Int32BitsToSingle(bits))];
        }

        AssertStart(model, new ReferenceTable(table));
    }

    private static void AssertStart(HostModel model, IReferenceLogProbs reference)
    {
        var task = new TrainingTask(new PreferenceData(model.Pairs(4)), PairLosses.Dpo(new DpoOptions()), reference);
        using var trainer = new Trainer(model.Spec, model.Parameters, model.Model.MaxLength, task, null, new TrainingOptions { MaxSteps = 1 });

        TrainingReport report = trainer.Step();

        int rows = task.Data.Build([0, 1, 2, 3]).RowCount;
        Assert.True(trainer.Pass.LogProbs[..rows].SequenceEqual(trainer.Pass.ReferenceLogProbs[..rows]));
        Assert.Equal(Math.Log(2), report["loss"]);
        Assert.Equal(0, report["rewards/chosen"]);
        Assert.Equal(0, report["rewards/rejected"]);
        Assert.Equal(0, report["rewards/margins"]);
    }

    private static int[] Train(string name, int threads, int batchSize, int accumulation, out int[] start)
    {
        using var model = new HostModel(name, threads);
        using ParameterSet frozen = model.Parameters.Clone();
        using var reference = new DecoderModel(model.Spec, frozen, model.Model.MaxLength);
        var task = new TrainingTask(new PreferenceData(model.Pairs(8)), PairLosses.Dpo(new DpoOptions { Beta = 0.01 }), new FrozenReference(reference));
        var options = new TrainingOptions
        {
            BatchSize = batchSize,
            AccumulationSteps = accumulation,
            MaxSteps = Steps,
            LearningRate = 1e-3,
            AdamW = new AdamWOptions { WeightDecay = 0.01 },
        };
        using var trainer = new Trainer(model.Spec, model.Parameters, model.Model.MaxLength, task, null, options);
        start = HostModel.Bits(model.Parameters.All);
        for (int step = 0; step < Steps; step++)
        {
            trainer.Step();
        }

        return HostModel.Bits(model.Parameters.All);
    }
}
