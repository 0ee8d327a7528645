using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.Cpu;
using FastAlign.Models;

namespace FastAlign.Tests.Invariance;

/// <summary>Batches and weights that cannot be trained on end in a message that says why, before any harm.</summary>
public sealed class BadBatchTests : IDisposable
{
    private readonly CpuBackend _backend = new(1);
    private readonly DecoderSpec _spec = RandomDecoder.Spec("rms-gated");
    private readonly ParameterSet _weights;
    private readonly DecoderModel _model;

    public BadBatchTests()
    {
        _weights = RandomDecoder.Weights(_spec, _backend, 1);
        _model = new DecoderModel(_spec, _weights, RandomDecoder.Positions);
    }

    [Fact]
    public void Forward_IdBeyondTheVocabulary_NamesTheId()
    {
        ShapeException error = Assert.Throws<ShapeException>(() => Forward([1, RandomDecoder.Vocab, 2]));

        Assert.Contains("rows[1]: expected 0..12, got 13", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Forward_SequenceBeyondTheModel_NamesBothLengths()
    {
        InputException error = Assert.Throws<InputException>(() => Forward(new int[RandomDecoder.Positions + 1]));

        Assert.Contains("a sequence of 25 tokens: this model was opened for at most 24", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Model_LearnedPositionsBeyondTheTable_Throws()
    {
        DecoderSpec spec = RandomDecoder.Spec("layer-norm");
        using ParameterSet weights = RandomDecoder.Weights(spec, _backend, 1);

        InputException error = Assert.Throws<InputException>(() => new DecoderModel(spec, weights, RandomDecoder.Positions + 1));

        Assert.Contains("length 25: the model has learned positions for 24 tokens", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_WeightNotFinite_StopsBeforeTheUpdateAndNamesTheRows()
    {
        double[] norm = [.. Enumerable.Repeat(1.0, _spec.Hidden - 1), double.NaN];
        _backend.UploadReal(norm, _weights["norm.weight"]);
        PreferenceExample[] pairs = [.. RandomDecoder.Pairs(3).Select(p => p with { Row = p.Row + 70 })];
        var reference = new ReferenceTable([.. pairs.Select(p => new double[p.Chosen.Length + p.Rejected.Length])]);
        var task = new TrainingTask(new PreferenceData(pairs), PairLosses.Dpo(new DpoOptions()), reference);
        using var trainer = new Trainer(_spec, _weights, RandomDecoder.Positions, task, null, new TrainingOptions { IsShuffled = false });
        int[] before = HostModel.Bits(_weights.All);

        RunException error = Assert.Throws<RunException>(() => trainer.Step());

        Assert.Contains("step 1: loss is NaN; rows 70, 71, 72", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, HostModel.Bits(_weights.All));
        Assert.Equal(0, trainer.State.Step);
    }

    public void Dispose()
    {
        _model.Dispose();
        _weights.Dispose();
        Assert.Equal(0, _backend.LiveBuffers);
        _backend.Dispose();
    }

    private void Forward(int[] ids)
    {
        var builder = new TokenBatchBuilder();
        builder.AddSegment(ids);
        builder.EndSequence();
        using var arena = new Arena(_backend, 1 << 20);
        _model.Forward(BatchTensors.Upload(builder.Build(), arena), ActivationMode.None, new DecoderActivations(), arena);
    }
}
