using FastAlign.Core;
using FastAlign.Kernels;
using FastAlign.Kernels.Device;

namespace FastAlign.Gpu;

/// <summary>
/// Losses, token rewards, advantages and sampling on a device: what the host evaluates in double, from the same formulas in float, for callers who keep log-probs on
/// the device. Letters: R scored rows, S sequences, P pairs, M spans. Everything is queued; nothing is allocated after a kernel's first use.
/// </summary>
public sealed class DeviceLosses
{
    private readonly DeviceOps _ops;
    private readonly Launcher _launcher;

    internal DeviceLosses(DeviceOps ops, Launcher launcher) => (_ops, _launcher) = (ops, launcher);

    /// <summary><c>sums[s] = sum_t w_t x_t</c> over the rows of each sequence; a row of weight 0 takes no part.</summary>
    /// <param name="x">[R].</param>
    /// <param name="w">[R], or none for ones.</param>
    /// <param name="rowStarts">[S + 1] I32.</param>
    /// <param name="sums">[S], assigned.</param>
    public void SegmentSums(Tensor x, Tensor w, Tensor rowStarts, Tensor sums)
    {
        Check("segment_sum", "rowStarts", rowStarts, sums.Rows + 1);
        CheckOptional("segment_sum", "w", w, x.Rows);
        _launcher.Launch(LossKernels.SegmentSum, new SegmentSumArguments(_ops.Vector(x), _ops.Vector(w), _ops.Vector<int>(rowStarts), _ops.Vector(sums), sums.Rows));
    }

    /// <summary><c>dx_t = scale w_t dSums[s]</c></summary>
    /// <param name="dSums">[S].</param>
    /// <param name="w">[R], or none for ones.</param>
    /// <param name="rowStarts">[S + 1] I32.</param>
    /// <param name="scale">One over the denominator of the step.</param>
    /// <param name="dx">[R], assigned.</param>
    public void SegmentSumsBackward(Tensor dSums, Tensor w, Tensor rowStarts, double scale, Tensor dx)
    {
        Check("segment_sum", "rowStarts", rowStarts, dSums.Rows + 1);
        CheckOptional("segment_sum", "w", w, dx.Rows);
        _launcher.Launch(
            LossKernels.SegmentSpread,
            new SegmentSpreadArguments(_ops.Vector(dSums), _ops.Vector(w), _ops.Vector<int>(rowStarts), (float)scale, _ops.Vector(dx), dSums.Rows));
    }

    /// <summary>Loss of each pair and its derivatives by the sums of both sides.</summary>
    /// <param name="formula">One of <c>FastAlign.Kernels</c>, or the caller's own, which is compiled at its first use.</param>
    /// <param name="pairs">What it sees.</param>
    /// <param name="loss">[P], assigned.</param>
    /// <param name="dPolicy">[2P], assigned.</param>
    public void PairTerms<TFormula>(TFormula formula, in PairTensors pairs, Tensor loss, Tensor dPolicy)
        where TFormula : struct, IPairFormula<Dual<DeviceFloat>>
    {
        int p = loss.Rows;
        Check("pair", "policy", pairs.Policy, 2 * p);
        CheckOptional("pair", "reference", pairs.Reference, 2 * p);
        Check("pair", "rowStarts", pairs.RowStarts, (2 * p) + 1);
        CheckOptional("pair", "margin", pairs.Margin, p);
        CheckOptional("pair", "label", pairs.Label, p);
        Check("pair", "dPolicy", dPolicy, 2 * p);
        PairOperands operands = new(
            _ops.Vector(pairs.Policy), _ops.Vector(pairs.Reference), _ops.Vector<int>(pairs.RowStarts), _ops.Vector(pairs.Margin), _ops.Vector(pairs.Label));
        _launcher.Launch(LossKernels.PairTerm<TFormula>(), new PairTermArguments<TFormula>(new MapExtent(1, p), formula, operands, _ops.Vector(loss), _ops.Vector(dPolicy)));
    }

    /// <summary>Value of a formula at each token and its derivatives.</summary>
    /// <param name="formula">One of <c>FastAlign.Kernels</c>, or the caller's own, which is compiled at its first use.</param>
    /// <param name="tokens">What it sees.</param>
    /// <param name="results">Receives value and derivatives.</param>
    public void TokenTerms<TFormula>(TFormula formula, in TokenTensors tokens, in TokenResults results)
        where TFormula : struct, ITokenFormula<Dual<DeviceFloat>>
    {
        int r = results.Value.Rows;
        Check("token", "logProb", tokens.LogProb, r);
        Check("token", "logRatio", tokens.LogRatio, r);
        CheckOptional("token", "referenceLogRatio", tokens.ReferenceLogRatio, r);
        CheckOptional("token", "sequenceLogRatio", tokens.SequenceLogRatio, r);
        CheckOptional("token", "advantage", tokens.Advantage, r);
        Check("token", "dLogProb", results.DLogProb, r);
        Check("token", "dLogRatio", results.DLogRatio, r);
        TokenOperands operands = new(
            _ops.Vector(tokens.LogProb), _ops.Vector(tokens.LogRatio), _ops.Vector(tokens.ReferenceLogRatio), _ops.Vector(tokens.SequenceLogRatio), _ops.Vector(tokens.Advantage));
        _launcher.Launch(
            LossKernels.TokenTerm<TFormula>(),
            new TokenTermArguments<TFormula>(new MapExtent(1, r), formula, operands, _ops.Vector(results.Value), _ops.Vector(results.DLogProb), _ops.Vector(results.DLogRatio)));
    }

    /// <summary><c>r_t -= coefficient k(log pi - log ref)</c></summary>
    /// <param name="estimate">k, of <c>FastAlign.Kernels</c>, or the caller's own.</param>
    /// <param name="coefficient">Price of a nat, at least 0.</param>
    /// <param name="logProb">[R].</param>
    /// <param name="reference">[R].</param>
    /// <param name="rewards">[R], updated.</param>
    public void SubtractKl<TEstimate>(TEstimate estimate, double coefficient, Tensor logProb, Tensor reference, Tensor rewards)
        where TEstimate : struct, IKlEstimate<DeviceFloat>
    {
        Check("token_rewards", "logProb", logProb, rewards.Rows);
        Check("token_rewards", "reference", reference, rewards.Rows);
        _launcher.Launch(
            TokenRewardKernels.KlShaping<TEstimate>(),
            new KlShapingArguments<TEstimate>(
                new MapExtent(1, rewards.Rows), estimate, new ShapedReward<DeviceFloat>(coefficient), _ops.Vector(logProb), _ops.Vector(reference), _ops.Vector(rewards)));
    }

    /// <summary>Adds rewards of spans of rows, which may overlap; an empty span, or NaN, adds nothing.</summary>
    /// <param name="spanRewards">[M].</param>
    /// <param name="starts">[M] I32 first rows; of sequences, <c>rowStarts</c> without its last element.</param>
    /// <param name="ends">[M] I32 rows after the last ones.</param>
    /// <param name="placement">On which of their tokens.</param>
    /// <param name="rewards">[R], <c>+=</c>.</param>
    public void AddSpans(Tensor spanRewards, Tensor starts, Tensor ends, SpanPlacement placement, Tensor rewards)
    {
        Check("token_rewards", "starts", starts, spanRewards.Rows);
        Check("token_rewards", "ends", ends, spanRewards.Rows);
        _launcher.Launch(
            TokenRewardKernels.SpanRewards,
            new SpanRewardArguments(
                new MapExtent(1, rewards.Rows), _ops.Vector(spanRewards), _ops.Vector<int>(starts), _ops.Vector<int>(ends), spanRewards.Rows, placement, _ops.Vector(rewards)));
    }

    /// <summary>Keeps every reward in [<paramref name="least"/>, <paramref name="most"/>]; NaN stays.</summary>
    public void ClipRewards(double least, double most, Tensor rewards) =>
        _launcher.Launch(TokenRewardKernels.Clip, new RewardClipArguments(new MapExtent(1, rewards.Rows), (float)least, (float)most, _ops.Vector(rewards)));

    /// <summary>Generalised advantage estimation (Schulman et al., 2016); <c>returns = advantages + values</c>.</summary>
    /// <param name="step">Discount and lambda.</param>
    /// <param name="rewards">[R].</param>
    /// <param name="values">[R].</param>
    /// <param name="rowStarts">[S + 1] I32.</param>
    /// <param name="advantages">[R], assigned.</param>
    /// <param name="returns">[R], assigned.</param>
    public void Advantages(AdvantageStep<DeviceFloat> step, Tensor rewards, Tensor values, Tensor rowStarts, Tensor advantages, Tensor returns)
    {
        Check("gae", "values", values, rewards.Rows);
        Check("gae", "advantages", advantages, rewards.Rows);
        Check("gae", "returns", returns, rewards.Rows);
        _launcher.Launch(
            TokenRewardKernels.Advantages,
            new AdvantageArguments(
                new MapExtent(1, rowStarts.Rows - 1), step, _ops.Vector(rewards), _ops.Vector(values), _ops.Vector<int>(rowStarts), _ops.Vector(advantages), _ops.Vector(returns)));
    }

    /// <summary>Draws a token per row: see <see cref="Kernels.Device.Sampling"/>.</summary>
    /// <param name="logits">[R, V], finite.</param>
    /// <param name="options">Temperature, filters, seed.</param>
    /// <param name="samples">[R] I32, stream of each row.</param>
    /// <param name="steps">[R] I32, draw of the stream.</param>
    /// <param name="ids">[R] I32, assigned.</param>
    public void Sample(Tensor logits, DeviceSampling options, Tensor samples, Tensor steps, Tensor ids)
    {
        Check("sampling", "samples", samples, logits.Rows);
        Check("sampling", "steps", steps, logits.Rows);
        Check("sampling", "ids", ids, logits.Rows);
        _launcher.Launch(
            SamplingKernels.Next,
            new SamplingArguments(
                _ops.Matrix(logits),
                logits.Rows,
                logits.Shape[1],
                (float)options.Temperature,
                options.TopK,
                (float)options.TopP,
                options.Seed,
                (uint)RandomPurpose.Sampling,
                _ops.Vector<int>(samples),
                _ops.Vector<int>(steps),
                _ops.Vector<int>(ids)));
    }

    private static void Check(string op, string name, Tensor tensor, int length)
    {
        if (tensor.IsNone || tensor.Length != length || !tensor.IsContiguous)
        {
            throw new ShapeException($"[{op}] {name}: expected {length} contiguous elements, got {tensor}");
        }
    }

    private static void CheckOptional(string op, string name, Tensor tensor, int length)
    {
        if (!tensor.IsNone)
        {
            Check(op, name, tensor, length);
        }
    }
}

/// <summary>What paired losses see; sequence 2p is the chosen one of pair p, 2p + 1 the rejected one.</summary>
/// <param name="Policy">[2P] sums of log-probs under the policy.</param>
/// <param name="Reference">[2P] under the reference, or none for zeros.</param>
/// <param name="RowStarts">[2P + 1] I32.</param>
/// <param name="Margin">[P], or none for zeros.</param>
/// <param name="Label">[P], or none for ones.</param>
public readonly record struct PairTensors(Tensor Policy, Tensor Reference, Tensor RowStarts, Tensor Margin = default, Tensor Label = default);

/// <summary>What token losses see, [R] each; see <see cref="Token{T}"/>. The last three may be none for zeros.</summary>
public readonly record struct TokenTensors(Tensor LogProb, Tensor LogRatio, Tensor ReferenceLogRatio = default, Tensor SequenceLogRatio = default, Tensor Advantage = default);

/// <summary>[R] each: value, and derivatives by log-prob and log-ratio.</summary>
public readonly record struct TokenResults(Tensor Value, Tensor DLogProb, Tensor DLogRatio);

/// <summary>How tokens are drawn.</summary>
/// <param name="Temperature">Divides the logits; 0 takes the largest.</param>
/// <param name="TopK">Keeps the k largest; 0 keeps all.</param>
/// <param name="TopP">Keeps the smallest set whose probability reaches p, in (0, 1].</param>
/// <param name="Seed">Of the draws.</param>
public readonly record struct DeviceSampling(double Temperature, int TopK = 0, double TopP = 1, ulong Seed = 0);
