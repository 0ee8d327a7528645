using FastAlign.Core;
using FastAlign.Kernels;

namespace FastAlign.Cpu;

/// <summary>AdamW over flat parameters in one pass: four streams in, three out.</summary>
internal readonly unsafe struct AdamWAction(AdamWUpdate<Vector512Lane> update, Tensor parameters, Tensor gradients, Tensor firstMoment, Tensor secondMoment, ElementTiles tiles)
    : IParallelAction
{
    private readonly float* _p = parameters.Host<float>();
    private readonly float* _g = gradients.Host<float>();
    private readonly float* _m = firstMoment.Host<float>();
    private readonly float* _v = secondMoment.Host<float>();

    public void Run(int index, int thread)
    {
        AdamWUpdate<Vector512Lane> formula = update;
        for (int row = tiles.FirstRow(index); row < tiles.EndRow(index); row++)
        {
            long start = (long)row * tiles.Width;
            int n = tiles.WidthOf(row);
            for (int i = 0; i < n; i += Vectors.Width)
            {
                long at = start + i;
                AdamWState<Vector512Lane> state = new(Vectors.Load(_p + at), Vectors.Load(_m + at), Vectors.Load(_v + at));
                state = formula.Apply(state, Vectors.Load(_g + at));
                state.Parameter.StoreUpTo(_p + at, n - i);
                state.First.StoreUpTo(_m + at, n - i);
                state.Second.StoreUpTo(_v + at, n - i);
            }
        }
    }
}
