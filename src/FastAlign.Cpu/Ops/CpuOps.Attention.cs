using FastAlign.Core;

namespace FastAlign.Cpu;

internal sealed partial class CpuOps
{
    private readonly AttentionScratch _attention;

    public void AttentionForward(in AttentionTensors tensors, AttentionLayout layout, AttentionSpec spec)
    {
        AttentionOperands operands = new(tensors, layout, spec);
        int tiles = QueryTile.Count(operands);
        AttentionForward action = new(operands, _attention, tiles);
        _team.For(tiles, ref action);
    }

    /// <remarks>
    /// Two passes, over queries and over keys: 7 products instead of the 5 of a single pass, but every piece writes rows of its own, so the work
    /// splits evenly among any number of threads and sums have one order.
    /// </remarks>
    public void AttentionBackward(in AttentionTensors tensors, AttentionLayout layout, AttentionSpec spec, Tensor dy, Tensor dq, Tensor dk, Tensor dv)
    {
        AttentionOperands operands = new(tensors, layout, spec);
        AttentionGradients gradients = new(operands.HeadWidth, dy, dq, dk, dv);
        int tiles = QueryTile.Count(operands);
        AttentionQueryGradients queries = new(operands, gradients, _attention, tiles);
        _team.For(tiles, ref queries);
        AttentionKeyGradients keys = new(operands, gradients, _attention);
        _team.For(KeyTile.CountAll(operands), ref keys);
    }
}
