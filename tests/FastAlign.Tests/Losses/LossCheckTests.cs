using FastAlign.Alignment;
using Xunit;

namespace FastAlign.Tests.Losses;

public sealed class LossCheckTests
{
    [Theory]
    [InlineData("apo_zero_unpaired", 1)]
    [InlineData("bco", 1)]
    [InlineData("dro", 1)]
    [InlineData("nft", 1)]
    public void FiniteDifferences_CatalogueLoss_IsRight(string name, int sequences)
    {
        // BCO's delta moves with the rewards and brings no gradient: its frozen form is the derivative of its value. NFT clips nothing at so small an epsilon.
        ILoss loss = UnpairedLosses.Create(name, new UnpairedOptions { Epsilon = 1e-12 });
        LossCheckResult result = LossCheck.FiniteDifferences(loss is IStatefulLoss stateful ? stateful.ForEvaluation() : loss, sequences);

        Assert.True(result.IsRight, result.ToString());
    }

    [Theory]
    [InlineData(1.0001)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    public void FiniteDifferences_WrongGradient_NamesTheWorstRow(double factor)
    {
        LossCheckResult result = LossCheck.FiniteDifferences(new Scaled(UnpairedLosses.Create("apo_zero_unpaired", new()), factor));

        Assert.False(result.IsRight);
        Assert.Contains("WRONG: row", result.ToString(), StringComparison.Ordinal);
        Assert.Equal(result.Expected * factor, result.Found, 1e-9);
    }

    [Fact]
    public void FiniteDifferences_StopGradient_IsSeen() =>
        Assert.False(LossCheck.FiniteDifferences(UnpairedLosses.Create("bco", new UnpairedOptions { Beta = 1 })).IsRight);

    [Fact]
    public void FiniteDifferences_StatefulLoss_LeavesItsMemory()
    {
        var loss = (IStatefulLoss)UnpairedLosses.Create("bco", new());
        loss.State = [0.5, 1, 10, 1];

        LossCheck.FiniteDifferences(loss.ForEvaluation());

        Assert.Equal([0.5, 1, 10, 1], loss.State);
    }

    [Fact]
    public void CustomLossSample_ShortRun_ChecksItsLossAndTrains()
    {
        string folder = Directory.CreateTempSubdirectory("fastalign-sample-").FullName;
        try
        {
            (int exitCode, string output, string error) = CommandLine.RunProgram("CustomLoss.dll", [], Path.Combine(folder, "run"), "3");

            Assert.True(exitCode == 0, output + error);
            Assert.Contains("squared_hinge: value", output, StringComparison.Ordinal);
            Assert.Contains("gradient right", output, StringComparison.Ordinal);

            // 1 at step 0, because h = 0.
            Assert.Contains("step 1: loss 1.0000", output, StringComparison.Ordinal);
            Assert.True(File.Exists(Path.Combine(folder, "run", "model", "model.safetensors")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A loss whose gradient is off by a factor.</summary>
    private sealed class Scaled(ILoss loss, double factor) : ILoss
    {
        public string Name => loss.Name;

        public bool NeedsReference => loss.NeedsReference;

        public IReadOnlyList<string> Warnings => [];

        public double Evaluate(in LossInputs inputs, StepCounts step, in LossGradients gradients, MetricAccumulator metrics)
        {
            double value = loss.Evaluate(inputs, step, gradients, metrics);
            for (int t = 0; t < gradients.LogProb.Length; t++)
            {
                gradients.LogProb[t] *= factor;
            }

            return value;
        }
    }
}
