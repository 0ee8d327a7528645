using System.Runtime.CompilerServices;
using ILGPU;

namespace FastAlign.Kernels.Device;

/// <summary>The row-reduction skeleton: one group per row, whose threads stride over it and then combine in a tree in shared memory.</summary>
/// <remarks>
/// The tree is fixed by the group size alone: no warp shuffles, whose shape would differ between devices, and none of ILGPU's group reductions,
/// which do not compile for OpenCL 1.2. Every thread of the group must call, with the same shared memory.
/// </remarks>
public static class GroupTree
{
    /// <summary>Threads of a group, a power of two; shared memory has one float for each.</summary>
    public const int GroupSize = 128;

    /// <summary>Bytes of the shared memory of a reduction.</summary>
    public const int SharedBytes = GroupSize * sizeof(float);

    /// <summary>Sum over the group, the same bits in every thread.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(float value, ArrayView<float> shared)
    {
        int thread = Group.IdxX;
        shared[thread] = value;
        Group.Barrier();
        for (int half = GroupSize / 2; half > 0; half /= 2)
        {
            if (thread < half)
            {
                shared[thread] += shared[thread + half];
            }

            Group.Barrier();
        }

        float sum = shared[0];

        // Nobody may write shared memory again before everyone has read.
        Group.Barrier();
        return sum;
    }

    /// <summary>Largest value of the group; NaN does not pass.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Max(float value, ArrayView<float> shared)
    {
        int thread = Group.IdxX;
        shared[thread] = value;
        Group.Barrier();
        for (int half = GroupSize / 2; half > 0; half /= 2)
        {
            if (thread < half)
            {
                float other = shared[thread + half];
                shared[thread] = shared[thread] < other ? other : shared[thread];
            }

            Group.Barrier();
        }

        float max = shared[0];
        Group.Barrier();
        return max;
    }
}
