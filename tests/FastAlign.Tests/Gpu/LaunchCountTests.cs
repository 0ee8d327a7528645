using FastAlign.Core;
using FastAlign.Gpu;
using FastAlign.Models;
using FastAlign.Tests.Invariance;
using Xunit;

namespace FastAlign.Tests.Gpu;

/// <summary>Kernel launches of a transformer layer: what a small model's speed on a GPU depends on.</summary>
[Collection(DeviceCollection.Name)]
public sealed class LaunchCountTests(TestDevices devices, ITestOutputHelper output)
{
    private const int MostForward = 12;
    private const int MostBackward = 24;
    private const long ArenaBytes = 1 << 20;

    public static TheoryData<string> Kinds => [.. RandomDecoder.Kinds];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Layer_AnyKind_TakesFewLaunches(string kind)
    {
        using DeviceBackend backend = devices.OpenAlone(TestDevices.OpenCL);
        ProfiledOps profile = backend.Profile();

        // Of the second layer: what embedding and batch take is the same for both.

        (long forwardOfOne, long backwardOfOne) = Launches(backend, profile, kind, 1);
        (long forwardOfTwo, long backwardOfTwo) = Launches(backend, profile, kind, 2);

        (long forward, long backward) = (forwardOfTwo - forwardOfOne, backwardOfTwo - backwardOfOne);
        output.WriteLine($"{kind}: {forward} launches forward, {backward} backward; the backward of two layers:");
        output.WriteLine(string.Join('\n', profile.Rows));
        Assert.InRange(forward, 1, MostForward);
        Assert.InRange(backward, 1, MostBackward);
    }

    private static (long Forward, long Backward) Launches(DeviceBackend backend, ProfiledOps profile, string kind, int layers)
    {
        DecoderSpec spec = RandomDecoder.Spec(kind) with { Layers = layers, Windows = null };
        using ParameterSet weights = RandomDecoder.Weights(spec, backend, 1);
        using ParameterSet gradients = weights.ZerosLike();
        using var model = new DecoderModel(spec, weights, RandomDecoder.Positions);
        using var arena = new Arena(backend, ArenaBytes);
        var tensors = BatchTensors.Upload(RandomDecoder.Forest(), arena);
        var activations = new DecoderActivations();

        profile.Clear();
        Tensor hidden = model.Forward(tensors, ActivationMode.Save, activations, arena);
        long forward = profile.Launches;
        Tensor dHidden = arena.Take(hidden.Shape);
        backend.Ops.Fill(dHidden, 1);
        profile.Clear();
        model.Backward(tensors, activations, dHidden, new DecoderGradients(spec, gradients), arena);
        return (forward, profile.Launches);
    }
}
