using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>
/// A second, frozen model with the policy's vocabulary, and how the policy is compared with it. It runs forward only; of its hidden states the scored rows
/// are kept, [R, C], and its logits are streamed beside the policy's. Serves one micro-batch at a time.
/// </summary>
public sealed class Teacher
{
    private readonly DecoderModel _model;
    private readonly TeacherOptions _options;
    private readonly LogProbHead _head;
    private readonly DecoderActivations _nothing = new();
    private readonly RowDivergence? _divergence;
    private DecoderModel? _policy;
    private LogProbHead? _policyHead;
    private Distiller? _distiller;

    /// <param name="model">The teacher; not owned.</param>
    /// <param name="options">Loss, divergence, temperature.</param>
    /// <exception cref="InputException">An option is out of range.</exception>
    public Teacher(DecoderModel model, TeacherOptions options)
    {
        if (options.Beta is not (>= 0 and <= 1))
        {
            throw new InputException($"beta: expected 0 to 1, found {options.Beta}");
        }

        if (!(options.Temperature > 0) || !double.IsFinite(options.Temperature))
        {
            throw new InputException($"temperature: expected a finite number above 0, found {options.Temperature}");
        }

        (_model, _options, _head) = (model, options, new LogProbHead(model));
        _divergence = options.Loss.NeedsDivergence ? options.Divergence() : null;
    }

    /// <summary>The teacher's weights.</summary>
    public ParameterSet Parameters => _model.Parameters;

    /// <summary>What each row receives beside the teacher's log-prob.</summary>
    public TeacherColumns Columns =>
        (_divergence is null ? TeacherColumns.None : TeacherColumns.Divergence)
        | (_options.Loss.IsTempered || _options.Temperature == 1 ? TeacherColumns.None : TeacherColumns.TemperedLogProb);

    /// <summary>Whether the loss differentiates the policy's main log-probs; else their backward pass is left out.</summary>
    public bool HasLogProbGradient => _options.Loss.HasLogProbGradient;

    /// <summary>Temperature of the policy's main log-probs.</summary>
    public double MainTemperature => _options.Loss.IsTempered ? _options.Temperature : 1;

    /// <summary>The same comparison with another model of the same shape: for a memory plan.</summary>
    public Teacher With(DecoderModel twin) => new(twin, _options);

    /// <summary>A model of the teacher's shape on another backend, and its weights; both the caller's to dispose.</summary>
    internal (ParameterSet Weights, DecoderModel Model) Twin(Backend backend)
    {
        var weights = new ParameterSet(backend, _model.Parameters.Specs);
        return (weights, new DecoderModel(_model.Spec, weights, _model.MaxLength));
    }

    /// <summary>The teacher's scored rows after its final norm.</summary>
    /// <param name="batch">The micro-batch.</param>
    /// <param name="arena">The rows stay here.</param>
    public VocabularyRows Read(in BatchTensors batch, Arena arena)
    {
        Tensor kept = arena.Take(new Shape(batch.Sources.Rows, _model.Spec.Hidden));
        long mark = arena.Mark();
        Tensor hidden = _model.Forward(batch, ActivationMode.None, _nothing, arena);
        HeadActivations head = _head.Normalize(hidden, batch.Sources, arena);
        _model.Backend.Ops.Copy(head.Normed, kept);
        arena.Release(mark);
        return _head.Rows(head) with { X = kept };
    }

    /// <summary>Compares the policy with the teacher.</summary>
    /// <param name="policy">Model whose head ran at <see cref="MainTemperature"/>.</param>
    /// <param name="head">What it gave.</param>
    /// <param name="taught">From <see cref="Read"/>.</param>
    /// <param name="targets">[R] I32</param>
    /// <param name="arena">What backward needs stays here.</param>
    /// <param name="values">Outputs.</param>
    public void Compare(DecoderModel policy, in HeadActivations head, in VocabularyRows taught, Tensor targets, Arena arena, in DistillationValues values)
    {
        if (!ReferenceEquals(policy, _policy))
        {
            (_policy, _policyHead) = (policy, new LogProbHead(policy));
            _distiller = new Distiller(_divergence, SpecFor(policy), _options.Loss.IsTempered);
        }

        _distiller!.Forward(_policyHead!.Rows(head), taught, targets, arena, values);
    }

    /// <summary>From the derivatives by what <see cref="Compare"/> gave to the policy's normed rows; none if nothing was given that has a derivative.</summary>
    /// <param name="dDivergence">[R] or empty.</param>
    /// <param name="dTempered">[R] or empty.</param>
    /// <param name="gradients">Output embedding, <c>+=</c>.</param>
    /// <param name="arena">The result stays here.</param>
    public Tensor Backward(ReadOnlySpan<double> dDivergence, ReadOnlySpan<double> dTempered, DecoderGradients gradients, Arena arena)
    {
        if (Columns == TeacherColumns.None)
        {
            return Tensor.None;
        }

        Tensor dNormed = arena.Take(new Shape(Math.Max(dDivergence.Length, dTempered.Length), _policy!.Spec.Hidden));
        _distiller!.Backward(arena, dDivergence, dTempered, LogProbHead.RowGradients(dNormed, gradients));
        return dNormed;
    }

    private DivergenceSpec SpecFor(DecoderModel policy) => new(
        _options.Beta,
        policy.Spec.Head with { Temperature = _options.Temperature },
        _model.Spec.Head with { Temperature = _options.Temperature });
}
