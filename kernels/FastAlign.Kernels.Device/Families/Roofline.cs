using ILGPU;

namespace FastAlign.Kernels.Device;

/// <summary>What a device can do at most: multiply-adds in registers.</summary>
public static class Roofline
{
    /// <summary>Independent chains of a thread: enough to hide the latency of a multiply-add.</summary>
    public const int Chains = 8;

    /// <summary>Two operations for each chain and iteration.</summary>
    public const int FlopsPerIteration = 2 * Chains;

    public static void MultiplyAddKernel(MultiplyAddArguments a)
    {
        float start = Group.IdxX;
        var low = new Quad(start, start + 1f, start + 2f, start + 3f);
        var high = new Quad(start + 4f, start + 5f, start + 6f, start + 7f);
        var step = new Quad(a.Step, a.Step, a.Step, a.Step);
        for (int i = 0; i < a.Iterations; i++)
        {
            low = step.AddScaled(a.Factor, low);
            high = step.AddScaled(a.Factor, high);
        }

        // Written, so that no compiler leaves the work out.
        a.Result[((long)Grid.IdxX * MapExtent.GroupSize) + Group.IdxX] = low.V0 + low.V1 + low.V2 + low.V3 + high.V0 + high.V1 + high.V2 + high.V3;
    }
}
