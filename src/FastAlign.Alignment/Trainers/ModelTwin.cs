using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>A model of a frozen one's shape (reference, teacher) on a backend that only measures, and the bytes it takes there.</summary>
internal sealed class ModelTwin : IDisposable
{
    private readonly ParameterSet? _weights;

    /// <param name="model">The real one; null for none, which takes nothing.</param>
    /// <param name="nothing">Where the twin lives.</param>
    public ModelTwin(DecoderModel? model, Backend nothing)
    {
        if (model is null)
        {
            return;
        }

        long before = nothing.LiveBytes;
        _weights = new ParameterSet(nothing, model.Parameters.Specs);
        Model = new DecoderModel(model.Spec, _weights, model.MaxLength);
        WeightBytes = _weights.ByteLength;
        TableBytes = nothing.LiveBytes - before - WeightBytes;
    }

    /// <summary>Null if there is none.</summary>
    public DecoderModel? Model { get; }

    public long WeightBytes { get; }

    /// <summary>Rotary tables.</summary>
    public long TableBytes { get; }

    public void Dispose()
    {
        Model?.Dispose();
        _weights?.Dispose();
    }
}
