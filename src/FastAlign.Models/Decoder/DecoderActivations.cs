namespace FastAlign.Models;

/// <summary>Handles to what a forward pass kept. One object serves a whole run; the memory is the arena's.</summary>
public sealed class DecoderActivations
{
    public ActivationMode Mode { get; private set; }

    internal LayerActivations[] Layers { get; private set; } = [];

    internal void Begin(ActivationMode mode, int layers)
    {
        Mode = mode;
        if (Layers.Length != layers)
        {
            Layers = new LayerActivations[layers];
        }
    }
}

/// <summary>Parameter gradients with their tensors looked up once.</summary>
public sealed class DecoderGradients(DecoderSpec spec, ParameterSet set)
{
    public ParameterSet Set { get; } = set;

    internal DecoderWeights Weights { get; } = new(spec, set);
}
