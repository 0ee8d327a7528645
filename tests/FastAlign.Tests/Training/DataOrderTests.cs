using FastAlign.Alignment;

namespace FastAlign.Tests;

public sealed class DataOrderTests
{
    [Fact]
    public void Step_EveryEpoch_VisitsEachExampleOnce()
    {
        var order = new DataOrder(11, new TrainingOptions { BatchSize = 2, AccumulationSteps = 2, Epochs = 3, Seed = 7 });

        int[][] epochs = [.. Enumerable.Range(0, 3).Select(e => Enumerable.Range(e * order.StepsPerEpoch, order.StepsPerEpoch).SelectMany(order.Step).SelectMany(b => b).ToArray())];

        Assert.Equal(3, order.StepsPerEpoch);
        Assert.Equal(9, order.TotalSteps);
        Assert.All(epochs, epoch => Assert.Equal(Enumerable.Range(0, 11), epoch.Order()));
        Assert.NotEqual(epochs[0], epochs[1]);
    }

    [Fact]
    public void Step_OutOfOrder_IsAFunctionOfItsNumber()
    {
        var options = new TrainingOptions { BatchSize = 3, MaxSteps = 20, Seed = 5 };
        int[][] forward = [.. Enumerable.Range(0, 20).Select(s => new DataOrder(10, options).Step(s).Single())];
        var order = new DataOrder(10, options);

        int[][] backward = [.. Enumerable.Range(0, 20).Reverse().Select(s => order.Step(s).Single()).Reverse()];

        Assert.Equal(forward, backward);
    }

    [Fact]
    public void Step_NotShuffled_KeepsFileOrder()
    {
        var order = new DataOrder(5, new TrainingOptions { BatchSize = 2, IsShuffled = false });

        Assert.Equal([[0, 1], [2, 3], [4]], Enumerable.Range(0, 3).Select(s => order.Step(s).Single()));
    }
}
