namespace FastAlign.Alignment;

/// <summary>Shapes of <see cref="LearningRateSchedule"/>, named as <c>lr_scheduler_type</c> in transformers. w is the warm-up, T the number of steps.</summary>
public enum ScheduleKind
{
    /// <summary>The base rate throughout; warm-up is ignored.</summary>
    Constant,

    /// <summary>Linear warm-up, then the base rate.</summary>
    ConstantWithWarmup,

    /// <summary>Linear warm-up, then <c>(T - i) / (T - w)</c>.</summary>
    Linear,

    /// <summary>Linear warm-up, then <c>(1 + cos(2 pi cycles p)) / 2</c>, <c>p = (i - w) / (T - w)</c> (Loshchilov and Hutter, 2017).</summary>
    Cosine,

    /// <summary>As cosine, back to the base rate at the start of every cycle.</summary>
    CosineWithRestarts,

    /// <summary>As cosine, down to a floor.</summary>
    CosineWithMinLr,

    /// <summary>As cosine_with_min_lr, evaluated one step ahead, so that no step has rate 0; the warm-up may start above 0.</summary>
    CosineWarmupWithMinLr,

    /// <summary>Linear warm-up, then <c>(1 - p)^power</c> down to the end rate.</summary>
    Polynomial,

    /// <summary>Linear warm-up, then <c>1 / sqrt((i - w) / timescale + 1)</c>.</summary>
    InverseSqrt,

    /// <summary>Warm-up, plateau, decay to a floor (Hu et al., MiniCPM, 2024).</summary>
    WarmupStableDecay,
}
