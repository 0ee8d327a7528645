using System.Runtime.CompilerServices;
using ILGPU;

namespace FastAlign.Kernels.Device;

/// <summary>
/// Draws tokens as the host's sampler does, one group per row, without sorting: the k-th largest logit and the edge of the nucleus are found bit by bit, by
/// counting and adding up what lies beyond a candidate. A row's draw depends on nothing but the row and its place in the random stream.
/// </summary>
/// <remarks>
/// Kept sets of top-k are exactly the host's. Weights and their sums are of F32: the nucleus may differ by tokens whose removal the host decides by less than the
/// rounding of a sum of V terms, and a draw by one whose border lies within that, or 2^-24, of the point drawn.
/// </remarks>
public static class Sampling
{
    /// <summary>Shared memory: a tree, and a weight and a count per thread.</summary>
    public const int SharedBytes = 3 * GroupTree.SharedBytes;

    private const int KeyBits = 32;
    private const int WeightBits = 31;
    private const uint SignBit = 0x80000000u;

    public static void NextKernel(SamplingArguments a)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupTree.GroupSize);
        ArrayView<float> weights = SharedMemory.Allocate<float>(GroupTree.GroupSize);
        ArrayView<float> ties = SharedMemory.Allocate<float>(GroupTree.GroupSize);
        (int row, int thread) = (Grid.IdxX, Group.IdxX);
        float max = float.MinValue;
        for (int v = thread; v < a.Vocabulary; v += GroupTree.GroupSize)
        {
            max = max < a.Logits[row, v] ? a.Logits[row, v] : max;
        }

        max = GroupTree.Max(max, shared);
        Filter filter = new(a, row, max);
        filter = filter.FindTopK(shared);
        filter = filter.FindNucleus(shared);

        // From here on each thread owns a range of ids: ties at the edge, and the running sum, go by id.
        int chunk = (a.Vocabulary + GroupTree.GroupSize - 1) / GroupTree.GroupSize;
        int from = thread * chunk;
        int to = from + chunk < a.Vocabulary ? from + chunk : a.Vocabulary;
        float count = 0f;
        for (int v = from; v < to; v++)
        {
            count += filter.Weight(v) == filter.Edge ? 1f : 0f;
        }

        ties[thread] = count;
        Group.Barrier();
        float tiesBefore = SumBefore(ties, thread);
        float sum = 0f;
        float rank = tiesBefore;
        for (int v = from; v < to; v++)
        {
            sum += filter.KeptWeight(v, ref rank);
        }

        weights[thread] = sum;
        Group.Barrier();
        float total = SumBefore(weights, GroupTree.GroupSize);
        float point = total * DevicePhilox.Uniform(a.Seed, a.Purpose, (ulong)a.Samples[row], (ulong)a.Steps[row]);
        if (thread == Owner(weights, point))
        {
            a.Ids[row] = Pick(filter, from, to, point - SumBefore(weights, thread), tiesBefore);
        }
    }

    /// <summary>Sum over the threads before one, in their order: the same chain in every thread that asks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float SumBefore(ArrayView<float> values, int thread)
    {
        float sum = 0f;
        for (int t = 0; t < thread; t++)
        {
            sum += values[t];
        }

        return sum;
    }

    /// <summary>The first thread whose range ends beyond the point; the last one with any weight where rounding has left a remainder.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Owner(ArrayView<float> weights, float point)
    {
        int owner = 0;
        float sum = 0f;
        bool isFound = false;
        for (int t = 0; t < GroupTree.GroupSize; t++)
        {
            owner = !isFound && weights[t] > 0f ? t : owner;
            sum += weights[t];
            isFound |= sum > point;
        }

        return owner;
    }

    /// <summary>The first token of a range at which the running sum passes the point; the last one with weight where rounding has left a remainder.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Pick(Filter filter, int from, int to, float point, float rank)
    {
        int picked = from;
        bool isFound = false;
        for (int v = from; v < to; v++)
        {
            float weight = filter.KeptWeight(v, ref rank);
            picked = !isFound && weight > 0f ? v : picked;
            point -= weight;
            isFound |= point < 0f;
        }

        return picked;
    }

    /// <summary>Which tokens of a row stay: those not below the k-th largest logit, and of their weights those above <see cref="Edge"/> and the first few at it.</summary>
    private readonly struct Filter
    {
        private readonly SamplingArguments _a;
        private readonly int _row;
        private readonly float _max;
        private readonly float _temperature;
        private readonly uint _leastKey;
        private readonly float _tiesKept;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Filter(SamplingArguments a, int row, float max)
            : this(a, row, max, 0, 0f, float.PositiveInfinity)
        {
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private Filter(SamplingArguments a, int row, float max, uint leastKey, float edge, float tiesKept)
        {
            (_a, _row, _max, _leastKey, Edge, _tiesKept) = (a, row, max, leastKey, edge, tiesKept);
            _temperature = a.Temperature > 0f ? a.Temperature : 1f;
        }

        /// <summary>Smallest weight that stays.</summary>
        public float Edge { get; }

        /// <summary><c>e^((z - max) / T)</c>, or 0 for a token that top-k leaves out.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float Weight(int v) => Key(v) >= _leastKey ? DeviceMath.Exp((_a.Logits[_row, v] - _max) / _temperature) : 0f;

        /// <summary>The weight, or 0 for a token that does not stay.</summary>
        /// <param name="v">The token.</param>
        /// <param name="rank">Tokens at the edge before it; counted on.</param>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float KeptWeight(int v, ref float rank)
        {
            float weight = Weight(v);
            bool isTie = weight == Edge;
            bool isKept = weight > Edge || (isTie && rank < _tiesKept);
            rank += isTie ? 1f : 0f;
            return isKept ? weight : 0f;
        }

        /// <summary>The largest key that k tokens reach, found from its highest bit down. Greedy is k = 1.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Filter FindTopK(ArrayView<float> shared)
        {
            int k = _a.Temperature > 0f ? _a.TopK : 1;
            int bits = k > 0 && k < _a.Vocabulary ? KeyBits : 0;
            uint least = 0;
            for (int bit = bits - 1; bit >= 0; bit--)
            {
                uint candidate = least | (1u << bit);
                float reached = 0f;
                for (int v = Group.IdxX; v < _a.Vocabulary; v += GroupTree.GroupSize)
                {
                    reached += Key(v) >= candidate ? 1f : 0f;
                }

                // Counts are exact as floats.
                reached = GroupTree.Sum(reached, shared);
                least = reached >= k ? candidate : least;
            }

            return new Filter(_a, _row, _max, least, Edge, _tiesKept);
        }

        /// <summary>
        /// Tokens leave from the low end while their summed probability stays at or below 1 - p. The edge is the largest weight of which all that is smaller may
        /// leave, found from its highest bit down; of the tokens at it the lower ids stay. Greedy keeps the first of the largest.
        /// </summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Filter FindNucleus(ArrayView<float> shared)
        {
            bool isGreedy = !(_a.Temperature > 0f);
            bool isNucleus = _a.TopP < 1f && !isGreedy;
            float removable = (1f - _a.TopP) * GroupTree.Sum(WeightBelow(float.PositiveInfinity), shared);
            uint edge = 0;
            for (int bit = isNucleus ? WeightBits - 1 : -1; bit >= 0; bit--)
            {
                uint candidate = edge | (1u << bit);
                float below = GroupTree.Sum(WeightBelow(Interop.IntAsFloat(candidate)), shared);
                edge = candidate <= Interop.FloatAsInt(1f) && below <= removable ? candidate : edge;
            }

            float smallest = isGreedy ? 1f : Interop.IntAsFloat(edge);
            float removed = GroupTree.Sum(WeightBelow(smallest), shared);
            float atEdge = 0f;
            for (int v = Group.IdxX; v < _a.Vocabulary; v += GroupTree.GroupSize)
            {
                atEdge += Weight(v) == smallest ? 1f : 0f;
            }

            atEdge = GroupTree.Sum(atEdge, shared);
            float leaving = isNucleus ? (int)((removable - removed) / smallest) : 0;
            leaving = leaving < atEdge ? leaving : atEdge - 1f;
            float kept = isGreedy ? 1f : atEdge - leaving;
            return new Filter(_a, _row, _max, _leastKey, smallest, isNucleus || isGreedy ? kept : float.PositiveInfinity);
        }

        /// <summary>This thread's share of the weights below a limit.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private float WeightBelow(float limit)
        {
            float sum = 0f;
            for (int v = Group.IdxX; v < _a.Vocabulary; v += GroupTree.GroupSize)
            {
                float weight = Weight(v);
                sum += weight < limit ? weight : 0f;
            }

            return sum;
        }

        /// <summary>A number that grows with the logit; both zeros have the same.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private uint Key(int v)
        {
            float z = _a.Logits[_row, v];
            uint bits = Interop.FloatAsInt(z == 0f ? 0f : z);
            return (bits & SignBit) != 0 ? ~bits : bits | SignBit;
        }
    }
}
