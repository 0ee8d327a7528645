using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>A teacher with a tokenizer of its own: it reads the same texts in its own tokens, and the two are compared stretch by stretch. Needs <see cref="CrossTokenizerData"/>.</summary>
/// <param name="model">The teacher; not owned.</param>
/// <param name="policyHead">How the policy's products become logits.</param>
/// <param name="distance">Of two distributions, for the vocabularies of the two.</param>
/// <param name="options">Temperatures, how tokens are merged, the loss's factors.</param>
public sealed class CrossTokenizerTeacher(DecoderModel model, HeadSpec policyHead, UniversalDistance distance, UniversalOptions options) : Teacher(model)
{
    private readonly UniversalHead _head = new(
        distance,
        options.Merge,
        policyHead with { Temperature = options.StudentTemperature },
        model.Spec.Head with { Temperature = options.TeacherTemperature });

    private Tensor _targets;
    private TokenGroup[] _groups = [];
    private int _count;
    private int _width;

    public override TeacherColumns Columns => TeacherColumns.Divergence;

    public override bool HasLogProbGradient => options.CrossEntropyWeight > 0;

    public override double MainTemperature => 1;

    public override Teacher With(DecoderModel twin) => new CrossTokenizerTeacher(twin, policyHead, distance, options);

    public override (int Tokens, int Rows) Demand(ITrainingData data, ReadOnlySpan<int> examples)
    {
        TokenBatch batch = Data(data).TeacherData.Build(examples);
        return (batch.TokenCount, batch.RowCount);
    }

    public override VocabularyRows Read(ITrainingData data, ReadOnlySpan<int> examples, in BatchTensors batch, Arena arena)
    {
        CrossTokenizerData both = Data(data);
        var own = BatchTensors.Upload(both.TeacherData.Build(examples), arena);
        _targets = own.Targets;
        _count = both.GroupCount(examples);
        if (_groups.Length < _count)
        {
            _groups = new TokenGroup[_count];
        }

        both.Groups(examples, _groups);
        return Run(own, arena);
    }

    public override void Compare(
        DecoderModel policy, in HeadActivations head, in VocabularyRows taught, Tensor targets, Arena arena, in DistillationValues values)
    {
        _width = policy.Spec.Hidden;

        // Log-probs of other tokens say nothing about these.
        values.TeacherLogProb.Clear();
        _head.Forward(PolicyRows(policy, head, out _), targets, taught, _targets, _groups.AsSpan(0, _count), arena, values.Divergence);
    }

    public override Tensor Backward(ReadOnlySpan<double> dDivergence, ReadOnlySpan<double> dTempered, DecoderGradients gradients, Arena arena)
    {
        Tensor dNormed = arena.Take(new Shape(dDivergence.Length, _width));
        _head.Backward(dDivergence, LogProbHead.RowGradients(dNormed, gradients), arena);
        return dNormed;
    }

    private static CrossTokenizerData Data(ITrainingData data) =>
        data as CrossTokenizerData ?? throw new InputException("uld: expected texts under both tokenizers, found texts under one");
}
