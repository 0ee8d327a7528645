using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>A teacher with the policy's vocabulary: the two are compared row by row.</summary>
public sealed class VocabularyTeacher : Teacher
{
    private readonly TeacherOptions _options;
    private readonly RowDivergence? _divergence;
    private Distiller? _distiller;
    private int _width;

    /// <param name="model">The teacher; not owned.</param>
    /// <param name="options">Loss, divergence, temperature.</param>
    /// <exception cref="InputException">An option is out of range.</exception>
    public VocabularyTeacher(DecoderModel model, TeacherOptions options)
        : base(model)
    {
        if (options.Beta is not (>= 0 and <= 1))
        {
            throw new InputException($"beta: expected 0 to 1, found {options.Beta}");
        }

        if (!(options.Temperature > 0) || !double.IsFinite(options.Temperature))
        {
            throw new InputException($"temperature: expected a finite number above 0, found {options.Temperature}");
        }

        _options = options;
        _divergence = options.Loss.NeedsDivergence ? options.Divergence() : null;
    }

    public override TeacherColumns Columns =>
        (_divergence is null ? TeacherColumns.None : TeacherColumns.Divergence)
        | (_options.Loss.IsTempered || _options.Temperature == 1 ? TeacherColumns.None : TeacherColumns.TemperedLogProb);

    public override bool HasLogProbGradient => _options.Loss.HasLogProbGradient;

    public override double MainTemperature => _options.Loss.IsTempered ? _options.Temperature : 1;

    public override Teacher With(DecoderModel twin) => new VocabularyTeacher(twin, _options);

    public override VocabularyRows Read(ITrainingData data, ReadOnlySpan<int> examples, in BatchTensors batch, Arena arena) => Run(batch, arena);

    public override void Compare(
        DecoderModel policy, in HeadActivations head, in VocabularyRows taught, Tensor targets, Arena arena, in DistillationValues values)
    {
        VocabularyRows rows = PolicyRows(policy, head, out bool isNew);
        if (isNew)
        {
            (_distiller, _width) = (new Distiller(_divergence, SpecFor(policy), _options.Loss.IsTempered), policy.Spec.Hidden);
        }

        _distiller!.Forward(rows, taught, targets, arena, values);
    }

    public override Tensor Backward(ReadOnlySpan<double> dDivergence, ReadOnlySpan<double> dTempered, DecoderGradients gradients, Arena arena)
    {
        if (Columns == TeacherColumns.None)
        {
            return Tensor.None;
        }

        Tensor dNormed = arena.Take(new Shape(Math.Max(dDivergence.Length, dTempered.Length), _width));
        _distiller!.Backward(arena, dDivergence, dTempered, LogProbHead.RowGradients(dNormed, gradients));
        return dNormed;
    }

    private DivergenceSpec SpecFor(DecoderModel policy) => new(
        _options.Beta,
        policy.Spec.Head with { Temperature = _options.Temperature },
        Model.Spec.Head with { Temperature = _options.Temperature });
}
