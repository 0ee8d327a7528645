using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>
/// A second, frozen model, and how the policy is compared with it. It runs forward only; of its hidden states the scored rows are kept, [R, C], and its
/// logits are streamed beside the policy's. Serves one micro-batch at a time.
/// </summary>
/// <param name="model">The teacher; not owned.</param>
public abstract class Teacher(DecoderModel model)
{
    private readonly LogProbHead _head = new(model);
    private readonly DecoderActivations _nothing = new();
    private DecoderModel? _policy;
    private LogProbHead? _policyHead;

    /// <summary>The teacher's weights.</summary>
    public ParameterSet Parameters => model.Parameters;

    /// <summary>What each row receives beside the teacher's log-prob.</summary>
    public abstract TeacherColumns Columns { get; }

    /// <summary>Whether the loss differentiates the policy's main log-probs; else their backward pass is left out.</summary>
    public abstract bool HasLogProbGradient { get; }

    /// <summary>Temperature of the policy's main log-probs.</summary>
    public abstract double MainTemperature { get; }

    /// <summary>The teacher itself.</summary>
    protected internal DecoderModel Model => model;

    /// <summary>The same comparison with another model of the same shape: for a memory plan.</summary>
    public abstract Teacher With(DecoderModel twin);

    /// <summary>Tokens and scored rows that the teacher runs for these examples beside the policy's, where they are not the same: for a memory plan.</summary>
    public virtual (int Tokens, int Rows) Demand(ITrainingData data, ReadOnlySpan<int> examples) => default;

    /// <summary>The teacher's scored rows after its final norm.</summary>
    /// <param name="data">What the micro-batch was built from.</param>
    /// <param name="examples">Which of it.</param>
    /// <param name="batch">The micro-batch.</param>
    /// <param name="arena">The rows stay here.</param>
    public abstract VocabularyRows Read(ITrainingData data, ReadOnlySpan<int> examples, in BatchTensors batch, Arena arena);

    /// <summary>Compares the policy with the teacher.</summary>
    /// <param name="policy">Model whose head ran at <see cref="MainTemperature"/>.</param>
    /// <param name="head">What it gave.</param>
    /// <param name="taught">From <see cref="Read"/>.</param>
    /// <param name="targets">[R] I32</param>
    /// <param name="arena">What backward needs stays here.</param>
    /// <param name="values">Outputs.</param>
    public abstract void Compare(
        DecoderModel policy, in HeadActivations head, in VocabularyRows taught, Tensor targets, Arena arena, in DistillationValues values);

    /// <summary>From the derivatives by what <see cref="Compare"/> gave to the policy's normed rows; none if nothing was given that has a derivative.</summary>
    /// <param name="dDivergence">[R] or empty.</param>
    /// <param name="dTempered">[R] or empty.</param>
    /// <param name="gradients">Output embedding, <c>+=</c>.</param>
    /// <param name="arena">The result stays here.</param>
    public abstract Tensor Backward(ReadOnlySpan<double> dDivergence, ReadOnlySpan<double> dTempered, DecoderGradients gradients, Arena arena);

    /// <summary>Runs the teacher and keeps its scored rows.</summary>
    private protected VocabularyRows Run(in BatchTensors batch, Arena arena)
    {
        Tensor kept = arena.Take(new Shape(batch.Sources.Rows, model.Spec.Hidden));
        long mark = arena.Mark();
        Tensor hidden = model.Forward(batch, ActivationMode.None, _nothing, arena);
        HeadActivations head = _head.Normalize(hidden, arena);
        model.Backend.Ops.Copy(head.Normed, kept);
        arena.Release(mark);
        return _head.Rows(head) with { X = kept };
    }

    /// <summary>Rows of the policy, with the log-normalisers of its main log-probs; tells whether this policy is seen for the first time.</summary>
    private protected VocabularyRows PolicyRows(DecoderModel policy, in HeadActivations head, out bool isNew)
    {
        isNew = !ReferenceEquals(policy, _policy);
        if (isNew)
        {
            (_policy, _policyHead) = (policy, new LogProbHead(policy));
        }

        return _policyHead!.Rows(head);
    }
}
