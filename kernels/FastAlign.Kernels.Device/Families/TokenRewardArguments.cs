namespace FastAlign.Kernels.Device;

/// <summary>How the reward of a span becomes rewards of its tokens.</summary>
public enum SpanPlacement
{
    /// <summary>All of it at the last token; a scalar reward of a sequence is this.</summary>
    Last,

    /// <summary>In equal parts on every token.</summary>
    Spread,

    /// <summary>All of it on every token.</summary>
    Each,
}

/// <summary><c>r_t -= coefficient k(log pi - log ref)</c></summary>
/// <param name="Extent">One row of R.</param>
/// <param name="Estimate">k.</param>
/// <param name="Shaped">The price of the KL.</param>
/// <param name="LogProb">[R].</param>
/// <param name="Reference">[R].</param>
/// <param name="Rewards">[R], updated.</param>
public readonly record struct KlShapingArguments<TEstimate>(
    MapExtent Extent, TEstimate Estimate, ShapedReward<DeviceFloat> Shaped, VectorView<float> LogProb, VectorView<float> Reference, VectorView<float> Rewards)
    where TEstimate : struct, IKlEstimate<DeviceFloat>;

/// <summary>Adds the rewards of spans of rows: of sequences, of the steps of a solution, of what a judge marked. Spans may overlap.</summary>
/// <param name="Extent">One row of R.</param>
/// <param name="SpanRewards">[M]; NaN adds nothing.</param>
/// <param name="Starts">[M] first rows.</param>
/// <param name="Ends">[M] rows after the last ones.</param>
/// <param name="Spans">M.</param>
/// <param name="Placement">On which of their tokens.</param>
/// <param name="Rewards">[R], <c>+=</c> in the order of spans.</param>
public readonly record struct SpanRewardArguments(
    MapExtent Extent, VectorView<float> SpanRewards, VectorView<int> Starts, VectorView<int> Ends, int Spans, SpanPlacement Placement, VectorView<float> Rewards);

/// <summary>Keeps every reward in [least, most].</summary>
/// <param name="Extent">One row of R.</param>
/// <param name="Least">Lower bound.</param>
/// <param name="Most">Upper bound.</param>
/// <param name="Rewards">[R], updated; NaN stays.</param>
public readonly record struct RewardClipArguments(MapExtent Extent, float Least, float Most, VectorView<float> Rewards);

/// <summary>Generalised advantage estimation over ragged rows.</summary>
/// <param name="Extent">One row of S.</param>
/// <param name="Step">Discount and lambda.</param>
/// <param name="Rewards">[R].</param>
/// <param name="Values">[R] value of the state before each token.</param>
/// <param name="RowStarts">[S + 1].</param>
/// <param name="Advantages">[R], assigned.</param>
/// <param name="Returns">[R], assigned: advantages + values.</param>
public readonly record struct AdvantageArguments(
    MapExtent Extent, AdvantageStep<DeviceFloat> Step, VectorView<float> Rewards, VectorView<float> Values, VectorView<int> RowStarts, VectorView<float> Advantages, VectorView<float> Returns);
