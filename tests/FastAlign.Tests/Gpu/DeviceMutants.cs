using FastAlign.Gpu;
using FastAlign.Kernels;
using FastAlign.Kernels.Device;
using ILGPU;

namespace FastAlign.Tests.Gpu;

using CappedPair = Scored<PowerScore<Dual<DeviceFloat>>, LogisticPair<Dual<DeviceFloat>>, Dual<DeviceFloat>>;

/// <summary>A wrong device kernel in the place of a right one.</summary>
/// <param name="Name">The mistake.</param>
/// <param name="Case">The case that must catch it.</param>
/// <param name="Plant">Puts it into a backend.</param>
/// <param name="Remove">Puts the right one back, which stays compiled.</param>
internal sealed record DeviceMutant(string Name, string Case, Action<DeviceBackend> Plant, Action<DeviceBackend> Remove);

/// <summary>Kernels with one mistake each that a porter could make: they are compiled for the device as the right ones are.</summary>
internal static class DeviceMutants
{
    public const string MissingBarrier = "a barrier missing from the tree";

    public static IReadOnlyList<DeviceMutant> All { get; } =
    [
        Of("the last step of k left out", "linear/5x123x123", GemmKernels.Forward.Kernels[^1], ShortChain),
        Of("a row beyond the bound written", "linear/1x1x1", GemmKernels.Forward.Kernels[^1], RowBeyond),
        Of("bias dropped", "linear/1x257x65-bias", GemmKernels.Forward.Kernels[^1], BiasDropped),
        Of("weights read untransposed", "linear/5x123x123", GemmKernels.Forward.Kernels[^1], Gemm.GemmKernel<InputGradientForm>),
        Of("the last tile never launched", "linear/145x401x37-beyond-tiles", GemmKernels.Forward.Kernels[^1], Gemm.GemmKernel<ForwardForm>, static (in GemmArguments a) => Gemm.Groups(a) - 1),
        Of("weight gradient assigned", "linear/5x123x123", GemmKernels.WeightGradient.Kernels[^1], Gemm.GemmKernel<AssignedForm>),
        Of(MissingBarrier, "rms_norm/5x123", NormKernels.RmsNormForward, TreeWithoutBarriers),
        Of("largest instead of sum", "rms_norm/5x123", NormKernels.RmsNormForward, MaxInsteadOfSum),
        Of("weight offset dropped", "rms_norm/7x257-gemma-strided", NormKernels.RmsNormForward, OffsetDropped),
        Of("gradient assigned where it is to be added", "rms_norm/5x123-add", NormKernels.Backward, GradientAssigned),
        Of("window mask dropped", "attention/window-66", AttentionKernels.Forward, WindowDropped),
        Of("soft cap dropped", "attention/cap-sharp", AttentionKernels.Forward, SoftCapDropped),
        Of("the last key tile never launched", "attention/131-grouped-strided", AttentionKernels.KeyGradient, AttentionGradients.KeyKernel, static (in AttentionGradientArguments a) => AttentionKernels.KeyGradient.Groups(a) - 1),
        Of("scores scaled twice in backward", "attention/sharp", AttentionKernels.QueryGradient, ScaledTwice),
        Of("rotation never undone", "rotary/11x3x34", RotaryKernels.Rotate, RotatedOneWay),
        Of("pairing mixed up", "rotary/11x3x34-interleaved", RotaryKernels.Rotate, PairedByHalves),
        Of("temperature ignored", "log_prob_head/7x16x1031-frozen", LogProbHeadKernels.Fold, TemperatureIgnored),
        Of("slopes not brought to a new maximum", "log_prob_head/3x5x4099-slope-beyond-tiles", LogProbHeadKernels.Fold, SlopesLeftAtOldMaximum),
        Of("a tile's last entry left out", "log_prob_head/5x31x123", LogProbHeadKernels.Fold, LastEntryLeftOut),
        Of("a tile's divergence assigned, not added", "divergence_head/2x2051-js-beyond-tiles", DivergenceKernels.JensenShannon.Fold, TileAssigned),
        Of("the teacher's log-normaliser in the student's place", "divergence_head/5x123-js", DivergenceKernels.JensenShannon.Gradient, NormalisersMixedUp),
        Of("ids counted from the tile", "top_tokens/3x4099-7-beyond-tiles", VocabularyTokenKernels.Top, IdsOfTheTile),
        Of("the last of the chosen tokens left out", "selected_log_probs/9x123-5", VocabularyTokenKernels.Gradient, LastChosenLeftOut),
        Of("the last source row left out", "gather_rows/13-of-5x123", EmbeddingKernels.ScatterRows, LastRowLeftOut),
        Of("moments mixed up", "adamw/1031-first", OptimizerKernels.AdamW, MomentsMixedUp),
        Of("a column beyond the bound written", "fill/7x31-strided", ElementwiseKernels.Fill, ColumnBeyond),
        Of("truncated instead of rounded", "copy/single-to-bfloat16", ElementwiseKernels.SingleToBfloat16, Elementwise.CopyKernel<float, ushort, Truncated>),
        Of("an operand's sign turned", "add/5x123", ElementwiseKernels.Add, SignTurned),
        Of("copied instead of scaled", "scale/257", ElementwiseKernels.Scale, CopiedNotScaled),
        Of("rows taken as they lie", "gather_rows/13-of-5x123", EmbeddingKernels.GatherRows, RowsAsTheyLie),
        Of("targets beyond the first one dropped", "scatter_rows/5-of-13x123", EmbeddingKernels.PlaceRows, TargetsDropped),
        Of("mean not subtracted", "layer_norm/5x123", NormKernels.LayerNormForward, Norms.RmsNormForwardKernel),
        Of("the value in the slope's place", "activation/gelu-5x123", ActivationKernels.Gelu.Gradient, ValueAsSlope),
        Of("another function's slope", "gated_activation/silu-5x123", ActivationKernels.Silu.GatedGradient, Activations.GatedGradientKernel<GeluTanh>),
        Of("the end of a sum left out", "sum_of_squares/10007", OptimizerKernels.SumOfSquares, EndLeftOut),
        Of("options of a formula dropped", "pair_terms/hinge_pair", LossKernels.PairTerm<HingePair<Dual<DeviceFloat>>>(), OptionsDropped),
        Of("policy and reference exchanged", "pair_terms/per_token.logistic_pair", LossKernels.PairTerm<PerToken<LogisticPair<Dual<DeviceFloat>>, Dual<DeviceFloat>>>(), ReferenceExchanged),
        Of("exponents of a score never cut", "pair_terms/scored.power_score.logistic_pair", LossKernels.PairTerm<CappedPair>(), CapDropped),
        Of("ratio clipped by no bounds", "token_terms/clipped_ratio", LossKernels.TokenTerm<ClippedRatio<Dual<DeviceFloat>>>(), BoundsDropped),
        Of("upper bound ignored", "token_rewards/clip", TokenRewardKernels.Clip, UpperBoundIgnored),
        Of("weights read from the values", "segment_sum/empty-1-130-300", LossKernels.SegmentSum, WeightsAreValues),
        Of("rewards read from the values", "gae/empty-1-65-131", TokenRewardKernels.Advantages, RewardsAreValues),
        Of("top-k ignored", "sampling/5x257-top-k", SamplingKernels.Next, TopKIgnored),
    ];

    /// <summary>Threads past the end of a row write too: beyond a small buffer, where no guard element can tell.</summary>
    public static DeviceMutant WriteBeyondTheBuffer { get; } = Of("threads past the end of a row write", "fill/1", ElementwiseKernels.Fill, FillBeyond);

    private static DeviceMutant Of<TArguments>(string name, string caseName, KernelInfo<TArguments> right, Action<TArguments> wrong, GroupCount<TArguments>? groups = null)
        where TArguments : struct =>
        new(
            name,
            caseName,
            backend => backend.Replace(right, new KernelInfo<TArguments>("mutant", right.Family, wrong, groups ?? right.Groups, right.GroupSize, right.SharedBytes)),
            backend => backend.Replace(right, right));

    private static void FillBeyond(FillArguments a) => a.X[a.Extent.Row, a.Extent.Column] = a.Value;

    private static void ColumnBeyond(FillArguments a)
    {
        if (a.Extent.Column <= a.Extent.Width)
        {
            a.X[a.Extent.Row, a.Extent.Column] = a.Value;
        }
    }

    private static void SignTurned(Map2Arguments<AddScaled<DeviceFloat>> a)
    {
        if (!a.Extent.IsOutside)
        {
            float negated = -a.A[a.Extent.Row, a.Extent.Column];
            a.Y[a.Extent.Row, a.Extent.Column] = a.Map.Apply(new DeviceFloat(negated), new DeviceFloat(a.B[a.Extent.Row, a.Extent.Column])).Value;
        }
    }

    private static void CopiedNotScaled(Map1Arguments<Scaled<DeviceFloat>> a)
    {
        if (!a.Extent.IsOutside)
        {
            a.Y[a.Extent.Row, a.Extent.Column] = a.X[a.Extent.Row, a.Extent.Column];
        }
    }

    private static void RowsAsTheyLie(GatherRowsArguments a)
    {
        if (!a.Extent.IsOutside)
        {
            a.Y[a.Extent.Row, a.Extent.Column] = a.X[a.Extent.Row % a.M, a.Extent.Column];
        }
    }

    private static void TargetsDropped(PlaceRowsArguments a) => Embedding.PlaceRowsKernel(a with { M = a.Rows[0] });

    private static void ValueAsSlope(Map2Arguments<ActivationGradient<Gelu, DeviceFloat>> a)
    {
        if (!a.Extent.IsOutside)
        {
            DeviceFloat value = default(Gelu).Value(new DeviceFloat(a.A[a.Extent.Row, a.Extent.Column]));
            a.Y[a.Extent.Row, a.Extent.Column] = a.B[a.Extent.Row, a.Extent.Column] * value.Value;
        }
    }

    private static void ShortChain(GemmArguments a) => Gemm.GemmKernel<ForwardForm>(a with { K = a.K - 1 });

    private static void RowBeyond(GemmArguments a) => Gemm.GemmKernel<ForwardForm>(a with { I = a.I + 1 });

    // In forward there are no row sums: an absent vector.
    private static void BiasDropped(GemmArguments a) => Gemm.GemmKernel<ForwardForm>(a with { Bias = a.RowSums });

    /// <summary>RMS norm whose threads add before the others have written.</summary>
    private static void TreeWithoutBarriers(NormForwardArguments a)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupTree.GroupSize);
        (int row, int thread) = (Grid.IdxX, Group.IdxX);
        float squares = 0f;
        for (int c = thread; c < a.Extent.Width; c += GroupTree.GroupSize)
        {
            squares += a.X[row, c] * a.X[row, c];
        }

        shared[thread] = squares;
        for (int half = GroupTree.GroupSize / 2; half > 0; half /= 2)
        {
            shared[thread] += thread < half ? shared[thread + half] : 0f;
        }

        Group.Barrier();
        Normalise(a, row, shared[0]);
    }

    private static void MaxInsteadOfSum(NormForwardArguments a)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupTree.GroupSize);
        int row = Grid.IdxX;
        float squares = 0f;
        for (int c = Group.IdxX; c < a.Extent.Width; c += GroupTree.GroupSize)
        {
            squares += a.X[row, c] * a.X[row, c];
        }

        Normalise(a, row, GroupTree.Max(squares, shared));
    }

    private static void Normalise(NormForwardArguments a, int row, float squares)
    {
        float rstd = 1f / MathF.Sqrt((squares / a.Extent.Width) + a.Epsilon);
        for (int c = Group.IdxX; c < a.Extent.Width; c += GroupTree.GroupSize)
        {
            a.Y[row, c] = a.X[row, c] * rstd * (a.W[c] + a.Offset);
        }

        if (Group.IdxX == 0)
        {
            a.Rstd[row] = rstd;
        }
    }

    private static void OffsetDropped(NormForwardArguments a) => Norms.RmsNormForwardKernel(a with { Offset = 0f });

    private static void GradientAssigned(NormBackwardArguments a) => Norms.BackwardKernel(a with { IsAdded = 0 });

    private static void WindowDropped(AttentionArguments a) => Attention.ForwardKernel(a with { Window = int.MaxValue });

    private static void SoftCapDropped(AttentionArguments a) => Attention.ForwardKernel(a with { SoftCap = 0f });

    private static void ScaledTwice(AttentionGradientArguments a) => AttentionGradients.QueryKernel(a with { Forward = a.Forward with { Scale = a.Forward.Scale * a.Forward.Scale } });

    private static void RotatedOneWay(RotaryArguments a) => Rotary.RotaryKernel(a with { Sign = 1f });

    private static void PairedByHalves(RotaryArguments a) => Rotary.RotaryKernel(a with { IsInterleaved = 0 });

    private static void SlopesLeftAtOldMaximum(HeadFoldArguments a) => LogProbHead.FoldKernel(a with { Width = 0 });

    private static void TemperatureIgnored(HeadFoldArguments a) => LogProbHead.FoldKernel(a with { Tile = a.Tile with { Transform = a.Tile.Transform with { Temperature = 1f } } });

    private static void LastEntryLeftOut(HeadFoldArguments a) => LogProbHead.FoldKernel(a with { Tile = a.Tile with { Count = a.Tile.Count - 1 } });

    private static void TileAssigned(DivergenceFoldArguments<JensenShannon<DeviceFloat>> a) => Divergence.FoldKernel(a with { First = 0 });

    private static void NormalisersMixedUp(DivergenceGradientArguments<JensenShannon<DeviceFloat>> a) =>
        Divergence.GradientKernel(a with { Student = a.Student with { LogZ = a.Teacher.LogZ } });

    private static void IdsOfTheTile(TopTokenArguments a) => VocabularyTokens.TopKernel(a with { First = 0 });

    private static void LastChosenLeftOut(SelectedGradientArguments a) => VocabularyTokens.GradientKernel(a with { K = a.K - 1 });

    private static void LastRowLeftOut(ScatterRowsArguments a) => Embedding.ScatterRowsKernel(a with { N = a.N - 1 });

    private static void MomentsMixedUp(AdamWArguments a) => Optimizer.AdamWKernel(a with { FirstMoment = a.SecondMoment, SecondMoment = a.FirstMoment });

    private static void EndLeftOut(SumOfSquaresArguments a) => Optimizer.SumOfSquaresKernel(a with { Chunk = a.Chunk - 1 });

    private static void OptionsDropped(PairTermArguments<HingePair<Dual<DeviceFloat>>> a) => FastAlign.Kernels.Device.Losses.PairTermKernel(a with { Formula = default });

    private static void ReferenceExchanged(PairTermArguments<PerToken<LogisticPair<Dual<DeviceFloat>>, Dual<DeviceFloat>>> a) =>
        FastAlign.Kernels.Device.Losses.PairTermKernel(a with { Pairs = a.Pairs with { Policy = a.Pairs.Reference, Reference = a.Pairs.Policy } });

    /// <summary>The options of the case, but for the cap.</summary>
    private static void CapDropped(PairTermArguments<CappedPair> a) =>
        FastAlign.Kernels.Device.Losses.PairTermKernel(a with { Formula = new(new(0.3, double.PositiveInfinity), new(0.3, 0.4, 1.5, 2.5)) });

    private static void BoundsDropped(TokenTermArguments<ClippedRatio<Dual<DeviceFloat>>> a) => FastAlign.Kernels.Device.Losses.TokenTermKernel(a with { Formula = default });

    private static void UpperBoundIgnored(RewardClipArguments a) => TokenRewards.RewardClipKernel(a with { Most = float.PositiveInfinity });

    private static void WeightsAreValues(SegmentSumArguments a) => FastAlign.Kernels.Device.Losses.SegmentSumKernel(a with { W = a.X });

    private static void RewardsAreValues(AdvantageArguments a) => TokenRewards.AdvantageKernel(a with { Rewards = a.Values });

    private static void TopKIgnored(SamplingArguments a) => Sampling.NextKernel(a with { TopK = 0 });

    /// <summary>BF16 as the upper half of an F32.</summary>
    private readonly struct Truncated : IConversion<float, ushort>
    {
        public ushort Convert(float value) => (ushort)(Interop.FloatAsInt(value) >> StorageBits.Bfloat16Shift);
    }

    /// <summary>The weight gradient's form, but for where its chains start.</summary>
    private readonly struct AssignedForm : IGemmForm
    {
        public bool IsATransposed => true;

        public bool IsBTransposed => true;

        public bool IsAccumulated => false;
    }
}
