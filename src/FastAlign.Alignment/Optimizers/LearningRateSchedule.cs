using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>
/// Learning rate as a pure function of the steps already taken, with the semantics of <c>transformers.get_scheduler</c>: optimizer step i + 1 uses
/// <c>Rate(i)</c>, hence the first step of a warm-up has rate 0 and a decay reaches its end one step after the last.
/// </summary>
public sealed class LearningRateSchedule
{
    private const double DefaultTimescale = 10_000;

    private readonly ScheduleKind _kind;
    private readonly double _baseRate;
    private readonly int _warmup;
    private readonly int _total;
    private readonly ScheduleOptions _options;

    /// <param name="kind">Shape.</param>
    /// <param name="baseRate">Largest rate; at least 0. <c>learning_rate</c></param>
    /// <param name="warmupSteps">Steps of the warm-up; <see cref="WarmupSteps"/> turns a fraction into steps.</param>
    /// <param name="totalSteps">Optimizer steps of the whole run.</param>
    /// <param name="options">Options of the shape; none for the defaults.</param>
    /// <exception cref="InputException">A number is outside its range.</exception>
    public LearningRateSchedule(ScheduleKind kind, double baseRate, int warmupSteps, int totalSteps, ScheduleOptions? options = null)
    {
        if (!double.IsFinite(baseRate) || baseRate < 0)
        {
            throw new InputException($"learning_rate: expected a finite number of at least 0, found {baseRate}");
        }

        if (warmupSteps < 0 || totalSteps < 0)
        {
            throw new InputException($"warmup_steps, max_steps: expected at least 0, found {warmupSteps}, {totalSteps}");
        }

        (_kind, _baseRate, _warmup, _total, _options) = (kind, baseRate, warmupSteps, totalSteps, options ?? new ScheduleOptions());
    }

    /// <summary>The kind called <paramref name="name"/> in transformers (<c>lr_scheduler_type</c>).</summary>
    /// <exception cref="InputException">No such kind; the message lists those that exist.</exception>
    public static ScheduleKind Parse(string name) => name switch
    {
        "constant" => ScheduleKind.Constant,
        "constant_with_warmup" => ScheduleKind.ConstantWithWarmup,
        "linear" => ScheduleKind.Linear,
        "cosine" => ScheduleKind.Cosine,
        "cosine_with_restarts" => ScheduleKind.CosineWithRestarts,
        "cosine_with_min_lr" => ScheduleKind.CosineWithMinLr,
        "cosine_warmup_with_min_lr" => ScheduleKind.CosineWarmupWithMinLr,
        "polynomial" => ScheduleKind.Polynomial,
        "inverse_sqrt" => ScheduleKind.InverseSqrt,
        "warmup_stable_decay" => ScheduleKind.WarmupStableDecay,
        _ => throw new InputException(
            "lr_scheduler_type: expected one of constant, constant_with_warmup, linear, cosine, cosine_with_restarts, cosine_with_min_lr, "
            + $"cosine_warmup_with_min_lr, polynomial, inverse_sqrt, warmup_stable_decay, found {name}"),
    };

    /// <summary>Warm-up in steps: a value of 1 or more as it is, a value below 1 as a fraction of <paramref name="totalSteps"/>, rounded up.</summary>
    public static int WarmupSteps(double value, int totalSteps) => value is >= 0 and <= int.MaxValue
        ? value >= 1 ? (int)value : (int)Math.Ceiling(totalSteps * value)
        : throw new InputException($"warmup_steps: expected a number of steps or a fraction in [0, 1), found {value}");

    /// <summary>Rate of optimizer step <paramref name="stepsTaken"/> + 1.</summary>
    public double Rate(int stepsTaken) => _baseRate == 0 ? 0 : _baseRate * Factor(stepsTaken);

    private double Factor(int i) => _kind switch
    {
        ScheduleKind.Constant => 1,
        ScheduleKind.CosineWarmupWithMinLr => CosineOneStepAhead(i),
        ScheduleKind.WarmupStableDecay => WarmupStableDecay(i),
        _ when i < _warmup => (double)i / _warmup,
        ScheduleKind.ConstantWithWarmup => 1,
        ScheduleKind.Linear => Math.Max(0, (double)(_total - i) / Math.Max(1, _total - _warmup)),
        ScheduleKind.Cosine => Math.Max(0, CosineWave(Progress(i))),
        ScheduleKind.CosineWithRestarts => Progress(i) is var p && p >= 1 ? 0 : Math.Max(0, 0.5 * (1 + Math.Cos(Math.PI * ((_options.NumCycles ?? 1) * p % 1)))),
        ScheduleKind.CosineWithMinLr => Math.Max(0, AboveFloor(CosineWave(Progress(i)))),
        ScheduleKind.Polynomial => Polynomial(i),
        ScheduleKind.InverseSqrt => InverseSqrt(i),
        _ => throw new ArgumentOutOfRangeException(nameof(i), $"schedule {_kind}"),
    };

    private double Progress(int i) => (double)(i - _warmup) / Math.Max(1, _total - _warmup);

    private double CosineWave(double progress) => 0.5 * (1 + Math.Cos(Math.PI * (_options.NumCycles ?? 0.5) * 2 * progress));

    /// <summary>A factor in [0, 1] mapped to [floor, 1].</summary>
    private double AboveFloor(double factor)
    {
        double floor = _options.MinRate / _baseRate ?? _options.MinRatio;
        return (factor * (1 - floor)) + floor;
    }

    private double CosineOneStepAhead(int i)
    {
        if (i >= _warmup)
        {
            return Math.Max(0, AboveFloor(CosineWave((i - _warmup + 1.0) / Math.Max(1, _total - _warmup))));
        }

        return _options.WarmupStartRatio is double start
            ? start + ((1 - start) * i / Math.Max(1, _warmup - 1))
            : (i + 1.0) / _warmup;
    }

    private double Polynomial(int i)
    {
        double end = _options.EndRate;
        double remaining = 1 - Progress(i);
        return i > _total ? end / _baseRate : (((_baseRate - end) * Math.Pow(remaining, _options.Power)) + end) / _baseRate;
    }

    private double InverseSqrt(int i)
    {
        double timescale = _options.Timescale ?? (_warmup > 0 ? _warmup : DefaultTimescale);
        return 1 / Math.Sqrt((i + timescale - _warmup) / timescale);
    }

    private double WarmupStableDecay(int i)
    {
        int stable = _options.StableSteps ?? (_total - _warmup - _options.DecaySteps);
        int decayed = i - _warmup - stable;
        if (i < _warmup)
        {
            return Math.Max(0, AboveFloor(Ramp(_options.WarmupShape, 1 - ((double)i / _warmup), 0.5)));
        }

        return decayed < 0 ? 1
            : decayed >= _options.DecaySteps ? AboveFloor(0)
            : Math.Max(0, AboveFloor(Ramp(_options.DecayShape, (double)decayed / _options.DecaySteps, _options.NumCycles ?? 0.5)));
    }

    /// <summary>From 1 at <paramref name="progress"/> 0 to 0 at 1; a warm-up runs it backwards.</summary>
    private static double Ramp(RampShape shape, double progress, double cycles) => shape switch
    {
        RampShape.Linear => 1 - progress,
        RampShape.Cosine => 0.5 * (1 + Math.Cos(Math.PI * cycles * 2 * progress)),
        RampShape.OneMinusSqrt => 1 - Math.Sqrt(progress),
        _ => throw new ArgumentOutOfRangeException(nameof(shape)),
    };
}
