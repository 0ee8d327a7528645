namespace FastAlign.Kernels.Device;

/// <summary>Rewards of tokens and what follows from them, by the host's own formulas. A token, or for advantages a sequence, is one thread's; nothing depends on others.</summary>
public static class TokenRewards
{
    public static void KlShapingKernel<TEstimate>(KlShapingArguments<TEstimate> a)
        where TEstimate : struct, IKlEstimate<DeviceFloat>
    {
        if (a.Extent.IsOutside)
        {
            return;
        }

        long t = a.Extent.Column;
        DeviceFloat kl = a.Estimate.Of(new DeviceFloat(a.LogProb[t] - a.Reference[t]));
        a.Rewards[t] = a.Shaped.Of(new DeviceFloat(a.Rewards[t]), kl).Value;
    }

    /// <summary>A token looks for the spans that it lies in, so that overlapping spans need no atomics and add up in their order.</summary>
    public static void SpanRewardKernel(SpanRewardArguments a)
    {
        if (a.Extent.IsOutside)
        {
            return;
        }

        long t = a.Extent.Column;
        float sum = a.Rewards[t];
        for (int m = 0; m < a.Spans; m++)
        {
            (int start, int end) = (a.Starts[m], a.Ends[m]);
            float reward = a.SpanRewards[m];
            float share = a.Placement == SpanPlacement.Spread ? reward / (end - start) : reward;
            bool isReached = t >= (a.Placement == SpanPlacement.Last ? end - 1 : start) && t >= start && t < end;

            // False for NaN.
            bool isNumber = reward <= float.PositiveInfinity;
            sum = isReached && isNumber ? sum + share : sum;
        }

        a.Rewards[t] = sum;
    }

    public static void RewardClipKernel(RewardClipArguments a)
    {
        if (a.Extent.IsOutside)
        {
            return;
        }

        long t = a.Extent.Column;
        float reward = a.Rewards[t];
        reward = reward < a.Least ? a.Least : reward;
        a.Rewards[t] = reward > a.Most ? a.Most : reward;
    }

    /// <summary>From the end of a sequence to its start; value and advantage after the end are 0.</summary>
    public static void AdvantageKernel(AdvantageArguments a)
    {
        if (a.Extent.IsOutside)
        {
            return;
        }

        long sequence = a.Extent.Column;
        DeviceFloat nextValue = new(0f);
        DeviceFloat next = new(0f);
        int start = a.RowStarts[sequence];
        for (int t = a.RowStarts[sequence + 1] - 1; t >= start; t--)
        {
            DeviceFloat value = new(a.Values[t]);
            next = a.Step.Advantage(new DeviceFloat(a.Rewards[t]), value, nextValue, next);
            nextValue = value;
            a.Advantages[t] = next.Value;
            a.Returns[t] = (next + value).Value;
        }
    }
}
