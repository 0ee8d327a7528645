using FastAlign.Core;
using FastAlign.Gpu;
using FastAlign.Models;
using FastAlign.Tests.Invariance;
using Xunit;

namespace FastAlign.Tests.Gpu;

/// <summary>Kernel launches of a transformer layer: what a small model's speed on a GPU depends on.</summary>
[Collection(DeviceCollection.Name)]
public sealed class LaunchCountTests(TestDevices devices)
{
    private const int MostForward = 12;
    private const int MostBackward = 24;
    private const long ArenaBytes = 1 << 20;

    public static TheoryData<string> Kinds => [.. RandomDecoder.Kinds];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Layer_AnyKind_TakesFewLaunches(string kind)
    {
        DeviceBackend backend = devices.Open(TestDevices.OpenCL);

        // Of the second layer: what embedding and batch take is the same for both.

        (long forwardOfOne, long backwardOfOne) = Launches(backend, kind, 1);
        (long forwardOfTwo, long backwardOfTwo) = Launches(backend, kind, 2);

        Assert.InRange(forwardOfTwo - forwardOfOne, 1, MostForward);
        Assert.InRange(backwardOfTwo - backwardOfOne, 1, MostBackward);
    }

    private static (long Forward, long Backward) Launches(DeviceBackend backend, string kind, int layers)
    {
        DecoderSpec spec = RandomDecoder.Spec(kind) with { Layers = layers, Windows = null };
        using ParameterSet weights = RandomDecoder.Weights(spec, backend, 1);
        using ParameterSet gradients = weights.ZerosLike();
        using var model = new DecoderModel(spec, weights, RandomDecoder.Positions);
        using var arena = new Arena(backend, ArenaBytes);
        var tensors = BatchTensors.Upload(RandomDecoder.Forest(), arena);
        var activations = new DecoderActivations();

        long start = backend.Launches;
        Tensor hidden = model.Forward(tensors, ActivationMode.Save, activations, arena);
        long forward = backend.Launches - start;
        Tensor dHidden = arena.Take(hidden.Shape);
        backend.Ops.Fill(dHidden, 1);
        start = backend.Launches;
        model.Backward(tensors, activations, dHidden, new DecoderGradients(spec, gradients), arena);
        return (forward, backend.Launches - start);
    }
}
