using FastAlign.Core;
using FastAlign.Cpu;
using FastAlign.IO.Checkpoints;
using FastAlign.Models;

namespace FastAlign.Tests.IO;

/// <summary>A model whose file has BF16 is the same model, in half the memory, when it is kept so.</summary>
public sealed class WeightStorageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CpuBackend _backend = new(2);

    public static TheoryData<string> Models => [TinyModel.Llama, TinyModel.Gpt2];

    public void Dispose()
    {
        _backend.Dispose();
        _folder.Dispose();
    }

    [Theory, MemberData(nameof(Models))]
    public void AsInFile_OfBrainFloat_IsTheSameModelInHalfTheMemory(string json)
    {
        string path = TinyModel.Save(_folder, _backend, json, options: new SaveOptions { Type = WeightType.BF16 });
        using LoadedModel wide = HfCheckpoint.Load(path, _backend);
        using LoadedModel kept = HfCheckpoint.Load(path, _backend, WeightStorage.AsInFile);

        Assert.True(kept.Parameters.IsBrainFloat && kept.IsBrainFloatInFile && wide.IsBrainFloatInFile && !wide.Parameters.IsBrainFloat);
        Assert.Equal((2 * kept.Parameters.Decayed.Length) + (4 * kept.Parameters.Plain.Length), kept.Parameters.ByteLength);
        Assert.Equal(ParameterHash.Of(wide.Parameters), ParameterHash.Of(kept.Parameters));
        AssertSameValues(wide.Parameters, kept.Parameters);
        AssertSameContinuation(wide, kept);

        using ParameterSet cloned = wide.Parameters.Clone(asBrainFloat: true), back = kept.Parameters.Clone(asBrainFloat: false), same = kept.Parameters.Clone();
        Assert.True(cloned.IsBrainFloat && same.IsBrainFloat && !back.IsBrainFloat);
        AssertSameValues(wide.Parameters, cloned);
        AssertSameValues(wide.Parameters, back);
        AssertSameValues(wide.Parameters, same);
    }

    [Theory, MemberData(nameof(Models))]
    public void BrainFloat_OfSingle_RoundsMatricesToNearestAndKeepsVectors(string json)
    {
        string path = TinyModel.Save(_folder, _backend, json);
        using LoadedModel wide = HfCheckpoint.Load(path, _backend);
        using LoadedModel kept = HfCheckpoint.Load(path, _backend, WeightStorage.AsInFile);
        using LoadedModel rounded = HfCheckpoint.Load(path, _backend, WeightStorage.BrainFloat);

        Assert.False(kept.Parameters.IsBrainFloat || kept.IsBrainFloatInFile);
        Assert.True(rounded.Parameters.IsBrainFloat);
        Assert.NotEqual(ParameterHash.Of(wide.Parameters), ParameterHash.Of(rounded.Parameters));
        foreach (ParameterSpec spec in wide.Parameters.Specs)
        {
            // Eight bits of significand: half a unit in the last place is 2^-9 of the value's power of two, so at most 2^-8 of the value.
            double bound = spec.Decays ? Math.ScaleB(1, -8) : 0;
            double[] expected = Values(wide.Parameters, spec.Name), found = Values(rounded.Parameters, spec.Name);
            Assert.All(expected.Zip(found), pair => Assert.InRange(Math.Abs(pair.Second - pair.First), 0, bound * Math.Abs(pair.First)));
        }
    }

    [Fact]
    public void BackendThatCannotReadThem_WidensOnItsOwnAndRefusesWhenTold()
    {
        string path = TinyModel.Save(_folder, _backend, options: new SaveOptions { Type = WeightType.BF16 });
        using var plain = new NullBackend("plain", DType.F32, 0);

        using LoadedModel kept = HfCheckpoint.Load(path, plain, WeightStorage.AsInFile);

        Assert.False(kept.Parameters.IsBrainFloat);
        Assert.Contains("found plain", Assert.Throws<InputException>(() => HfCheckpoint.Load(path, plain, WeightStorage.BrainFloat)).Message, StringComparison.Ordinal);
    }

    private static void AssertSameValues(ParameterSet a, ParameterSet b) =>
        Assert.All(a.Specs, spec => Assert.Equal(Values(a, spec.Name), Values(b, spec.Name)));

    private static double[] Values(ParameterSet set, string name)
    {
        double[] values = new double[set[name].Length];
        set.Export(new CheckpointTensor(name, name, 0, set[name].Rows), values);
        return values;
    }

    private static void AssertSameContinuation(LoadedModel a, LoadedModel b)
    {
        Continuation first = Generate(a), second = Generate(b);
        Assert.Equal(first.Ids, second.Ids);
        Assert.Equal(first.LogProbs, second.LogProbs);

        static Continuation Generate(LoadedModel model)
        {
            using var decoder = new DecoderModel(model.Spec, model.Parameters, 12);
            return new Generator(decoder).Generate([[1, 4, 5]], new GenerationOptions { MaxNewTokens = 8, Sampling = new SamplingOptions { Temperature = 1, Seed = 3 } })[0];
        }
    }
}
