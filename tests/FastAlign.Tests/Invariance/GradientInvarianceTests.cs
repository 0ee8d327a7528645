using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.Tests.Invariance;

/// <summary>Gradients of whole models: same bits at any thread count, in repeated runs, with activations saved or recomputed, accumulated or not.</summary>
[Trait("Category", Goldens.Category)]
public sealed class GradientInvarianceTests
{
    /// <summary>Every model's gradients lie within 2e-5 of the exact ones (limit of goldens/models, which GoldenModelTests holds), so two of them within twice that.</summary>
    private const double TwoRoundings = 4e-5;

    public static IEnumerable<TheoryDataRow<string>> Models() => HostModel.Models();

    [Theory, MemberData(nameof(Models))]
    public void Gradients_OneTwoOrSevenThreads_HaveTheSameBits(string name)
    {
        using var one = new HostModel(name, 1);
        float[] expected = one.Gradients(Dpo(one, 3), ActivationMode.Save, [0, 1, 2]);

        foreach (int threads in (int[])[2, 7])
        {
            using var many = new HostModel(name, threads);
            AssertBits(expected, many.Gradients(Dpo(many, 3), ActivationMode.Save, [0, 1, 2]));
            AssertBits(expected, many.Gradients(Dpo(many, 3), ActivationMode.Save, [0, 1, 2]));
        }
    }

    [Theory, MemberData(nameof(Models))]
    public void Gradients_RecomputedActivations_HaveTheSameBits(string name)
    {
        using var model = new HostModel(name);

        float[] saved = model.Gradients(Dpo(model, 2), ActivationMode.Save, [0, 1]);

        AssertBits(saved, model.Gradients(Dpo(model, 2), ActivationMode.Recompute, [0, 1]));
    }

    /// <remarks>
    /// A tied embedding is the one exception: its gradient sums two ops, the head's and the look-up's, in the order in which micro-batches reach them.
    /// </remarks>
    [Theory, MemberData(nameof(Models))]
    public void Gradients_AccumulatedOverMicroBatches_HaveTheBitsOfOneBatch(string name)
    {
        using var model = new HostModel(name);
        TrainingTask task = Dpo(model, 4);
        using ParameterSet whole = model.Parameters.ZerosLike();
        model.Accumulate(task, ActivationMode.Save, whole, [0, 1, 2, 3]);

        foreach (int[][] microBatches in (int[][][])[[[0, 1], [2, 3]], [[0], [1], [2], [3]], [[0], [1, 2, 3]]])
        {
            using ParameterSet accumulated = model.Parameters.ZerosLike();
            model.Accumulate(task, ActivationMode.Save, accumulated, microBatches);
            foreach (ParameterSpec parameter in whole.Specs)
            {
                (float[] expected, float[] actual) = (HostModel.Download(whole[parameter.Name]), HostModel.Download(accumulated[parameter.Name]));
                if (parameter.Name == DecoderParameters.Embedding && model.Spec.IsHeadTied)
                {
                    AssertClose(expected, actual);
                }
                else
                {
                    AssertBits(expected, actual);
                }
            }
        }
    }

    [Theory, MemberData(nameof(Models))]
    public void Gradients_SharedOrRepeatedPrompt_AgreeWithinRounding(string name)
    {
        using var model = new HostModel(name);

        float[] shared = model.Gradients(Dpo(model, 2), ActivationMode.Save, [0, 1]);
        float[] repeated = model.Gradients(Dpo(model, 2, isPromptShared: false), ActivationMode.Save, [0, 1]);

        AssertClose(shared, repeated);
    }

    private static TrainingTask Dpo(HostModel model, int pairs, bool isPromptShared = true)
    {
        PreferenceExample[] examples = model.Pairs(pairs);
        double[][] reference = [.. examples.Select(e => new double[e.Chosen.Length + e.Rejected.Length])];
        return new TrainingTask(new PreferenceData(examples, isPromptShared), PairLosses.Dpo(new DpoOptions { Beta = 0.01 }), new ReferenceTable(reference));
    }

    private static void AssertClose(float[] expected, float[] actual)
    {
        double scale = expected.Max(Math.Abs);
        double worst = expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max() / scale;
        Assert.True(worst <= TwoRoundings, $"relative difference {worst:E2}");
    }

    private static void AssertBits(float[] expected, float[] actual) =>
        Assert.Equal(Array.ConvertAll(expected, BitConverter.SingleToInt32Bits), Array.ConvertAll(actual, BitConverter.SingleToInt32Bits));
}
