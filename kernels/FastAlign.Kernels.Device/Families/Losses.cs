using System.Runtime.CompilerServices;
using ILGPU;

namespace FastAlign.Kernels.Device;

/// <summary>
/// Losses of the log-probs of scored rows: sums per sequence, a term per pair, and the way back to the rows. The terms are the host's own formulas on dual
/// numbers of the device lane, so no derivative is written twice. What a pair gets depends on nothing but the pair.
/// </summary>
public static class Losses
{
    /// <summary>One group per sequence, by the tree of <see cref="GroupTree"/>. A row of weight 0 takes no part, whatever its log-prob.</summary>
    public static void SegmentSumKernel(SegmentSumArguments a)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupTree.GroupSize);
        int sequence = Grid.IdxX;
        int end = a.RowStarts[sequence + 1];
        float sum = 0f;
        for (int t = a.RowStarts[sequence] + Group.IdxX; t < end; t += GroupTree.GroupSize)
        {
            float weight = a.W.IsNone ? 1f : a.W[t];
            sum += weight == 0f ? 0f : weight * a.X[t];
        }

        sum = GroupTree.Sum(sum, shared);
        if (Group.IdxX == 0)
        {
            a.Sums[sequence] = sum;
        }
    }

    /// <summary>One group per sequence.</summary>
    public static void SegmentSpreadKernel(SegmentSpreadArguments a)
    {
        int sequence = Grid.IdxX;
        int end = a.RowStarts[sequence + 1];
        float dSum = a.DSums[sequence] * a.Scale;
        for (int t = a.RowStarts[sequence] + Group.IdxX; t < end; t += GroupTree.GroupSize)
        {
            a.Dx[t] = a.W.IsNone ? dSum : a.W[t] * dSum;
        }
    }

    /// <summary>One thread per pair: the formula once along each side.</summary>
    public static void PairTermKernel<TFormula>(PairTermArguments<TFormula> a)
        where TFormula : struct, IPairFormula<Dual<DeviceFloat>>
    {
        if (a.Extent.IsOutside)
        {
            return;
        }

        long pair = a.Extent.Column;
        Dual<DeviceFloat> alongChosen = a.Formula.Loss(Pair(a.Pairs, pair, 1f, 0f));
        Dual<DeviceFloat> alongRejected = a.Formula.Loss(Pair(a.Pairs, pair, 0f, 1f));
        a.Loss[pair] = alongChosen.Value.Value;
        a.DPolicy[2 * pair] = alongChosen.Slope.Value;
        a.DPolicy[(2 * pair) + 1] = alongRejected.Slope.Value;
    }

    /// <summary>One thread per token: the formula along the log-prob, which the log-ratio to the reference follows, and along the log-ratio.</summary>
    public static void TokenTermKernel<TFormula>(TokenTermArguments<TFormula> a)
        where TFormula : struct, ITokenFormula<Dual<DeviceFloat>>
    {
        if (a.Extent.IsOutside)
        {
            return;
        }

        long t = a.Extent.Column;
        Dual<DeviceFloat> alongLogProb = a.Formula.Value(Token(a.Tokens, t, 1f, 0f));
        Dual<DeviceFloat> alongLogRatio = a.Formula.Value(Token(a.Tokens, t, 0f, 1f));
        a.Value[t] = alongLogProb.Value.Value;
        a.DLogProb[t] = alongLogProb.Slope.Value;
        a.DLogRatio[t] = alongLogRatio.Slope.Value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Token<Dual<DeviceFloat>> Token(TokenOperands tokens, long t, float logProbSlope, float logRatioSlope) => new()
    {
        LogProb = new(new DeviceFloat(tokens.LogProb[t]), new DeviceFloat(logProbSlope)),
        LogRatio = new(new DeviceFloat(tokens.LogRatio[t]), new DeviceFloat(logRatioSlope)),
        ReferenceLogRatio = new(new DeviceFloat(tokens.ReferenceLogRatio.IsNone ? 0f : tokens.ReferenceLogRatio[t]), new DeviceFloat(logProbSlope)),
        SequenceLogRatio = Fixed(tokens.SequenceLogRatio.IsNone ? 0f : tokens.SequenceLogRatio[t]),
        Advantage = Fixed(tokens.Advantage.IsNone ? 0f : tokens.Advantage[t]),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Pair<Dual<DeviceFloat>> Pair(PairOperands pairs, long pair, float chosenSlope, float rejectedSlope)
    {
        long sequence = 2 * pair;
        Dual<DeviceFloat> chosen = new(new DeviceFloat(LogRatio(pairs, sequence)), new DeviceFloat(chosenSlope));
        Dual<DeviceFloat> rejected = new(new DeviceFloat(LogRatio(pairs, sequence + 1)), new DeviceFloat(rejectedSlope));
        return new Pair<Dual<DeviceFloat>>
        {
            ChosenRatio = chosen,
            RejectedRatio = rejected,
            ChosenScore = chosen,
            RejectedScore = rejected,
            ChosenTokens = Fixed(Tokens(pairs, sequence)),
            RejectedTokens = Fixed(Tokens(pairs, sequence + 1)),
            Margin = Fixed(pairs.Margin.IsNone ? 0f : pairs.Margin[pair]),
            Label = Fixed(pairs.Label.IsNone ? 1f : pairs.Label[pair]),
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float LogRatio(PairOperands pairs, long sequence) => pairs.Policy[sequence] - (pairs.Reference.IsNone ? 0f : pairs.Reference[sequence]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Tokens(PairOperands pairs, long sequence)
    {
        int rows = pairs.RowStarts[sequence + 1] - pairs.RowStarts[sequence];
        return rows > 1 ? rows : 1f;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Dual<DeviceFloat> Fixed(float value) => Dual<DeviceFloat>.Fixed(new DeviceFloat(value));
}
