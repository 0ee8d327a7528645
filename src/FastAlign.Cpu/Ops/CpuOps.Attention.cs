using FastAlign.Core;

namespace FastAlign.Cpu;

internal sealed partial class CpuOps
{
    private const int ProductsOfOnePass = 5;
    private const int ProductsOfTwoPasses = 7;

    private readonly AttentionScratch _attention;

    public void AttentionForward(in AttentionTensors tensors, AttentionLayout layout, AttentionSpec spec)
    {
        AttentionOperands operands = new(tensors, layout, spec);
        int tiles = QueryTile.Count(operands);
        AttentionForward action = new(operands, _attention, tiles);
        _team.For(tiles, ref action);
    }

    /// <remarks>
    /// One pass over trees and key heads takes 5 products. Where there are too few of them for the team, two passes, over queries and over keys, take 7
    /// and split evenly among any number of threads. Every piece writes rows of its own and both ways have the same sums in the same order.
    /// </remarks>
    public void AttentionBackward(in AttentionTensors tensors, AttentionLayout layout, AttentionSpec spec, Tensor dy, Tensor dq, Tensor dk, Tensor dv)
    {
        AttentionOperands operands = new(tensors, layout, spec);
        AttentionGradients gradients = new(operands.HeadWidth, dy, dq, dk, dv);
        int trees = layout.Trees * operands.KeyHeads, rounds = (trees + _team.Threads - 1) / _team.Threads;
        if (ProductsOfOnePass * rounds * _team.Threads <= ProductsOfTwoPasses * trees)
        {
            AttentionKeyGradients all = new(operands, gradients, _attention, isWholeTree: true);
            _team.For(trees, ref all);
            return;
        }

        int tiles = QueryTile.Count(operands);
        AttentionQueryGradients queries = new(operands, gradients, _attention, tiles);
        _team.For(tiles, ref queries);
        AttentionKeyGradients keys = new(operands, gradients, _attention, isWholeTree: false);
        _team.For(KeyTile.CountAll(operands), ref keys);
    }
}
