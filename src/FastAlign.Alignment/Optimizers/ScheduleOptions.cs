namespace FastAlign.Alignment;

/// <summary>Options of the schedules that have any (<c>lr_scheduler_kwargs</c>); null means the default of transformers.</summary>
public sealed record ScheduleOptions
{
    /// <summary>Cosine waves over the decay: default 0.5 (half a wave), for cosine_with_restarts 1 (number of restarts). <c>num_cycles</c></summary>
    public double? NumCycles { get; init; }

    /// <summary>Exponent of polynomial. <c>power</c></summary>
    public double Power { get; init; } = 1;

    /// <summary>Final rate of polynomial. <c>lr_end</c></summary>
    public double EndRate { get; init; } = 1e-7;

    /// <summary>Steps in which inverse_sqrt falls by the square root of 2: default the warm-up steps, 10000 without warm-up. <c>timescale</c></summary>
    public double? Timescale { get; init; }

    /// <summary>Floor as a rate; wins over <see cref="MinRatio"/>. <c>min_lr</c></summary>
    public double? MinRate { get; init; }

    /// <summary>Floor as a fraction of the base rate. <c>min_lr_rate</c>, <c>min_lr_ratio</c></summary>
    public double MinRatio { get; init; }

    /// <summary>Fraction of the base rate at which cosine_warmup_with_min_lr starts; null starts at <c>1 / warm-up steps</c>. <c>warmup_lr_rate</c></summary>
    public double? WarmupStartRatio { get; init; }

    /// <summary>Length of the decay of warmup_stable_decay; 0 stays on the plateau. <c>num_decay_steps</c></summary>
    public int DecaySteps { get; init; }

    /// <summary>Length of the plateau of warmup_stable_decay: default all steps that are neither warm-up nor decay. <c>num_stable_steps</c></summary>
    public int? StableSteps { get; init; }

    /// <summary>Shape of the warm-up of warmup_stable_decay. <c>warmup_type</c></summary>
    public RampShape WarmupShape { get; init; } = RampShape.Linear;

    /// <summary>Shape of the decay of warmup_stable_decay. <c>decay_type</c></summary>
    public RampShape DecayShape { get; init; } = RampShape.Cosine;
}

/// <summary>How a ramp of warmup_stable_decay gets from one level to the other.</summary>
public enum RampShape
{
    /// <summary>Straight.</summary>
    Linear,

    /// <summary>Half a cosine wave.</summary>
    Cosine,

    /// <summary><c>1 - sqrt(p)</c> (Hägele et al., 2024).</summary>
    OneMinusSqrt,
}
