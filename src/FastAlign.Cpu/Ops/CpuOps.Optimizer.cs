using FastAlign.Core;
using FastAlign.Kernels;

namespace FastAlign.Cpu;

internal sealed partial class CpuOps
{
    public void AdamW(AdamWStep step, Tensor parameters, Tensor gradients, Tensor firstMoment, Tensor secondMoment)
    {
        AdamWUpdate<Vector512Lane> update = new(
            step.LearningRate, step.Beta1, step.Beta2, step.Epsilon, step.WeightDecay, step.Step, step.GradientScale);
        ElementTiles tiles = new(parameters.Shape, areAllContiguous: true);
        AdamWAction action = new(update, parameters, gradients, firstMoment, secondMoment, tiles);
        _team.For(tiles.Pieces, ref action);
    }
}
