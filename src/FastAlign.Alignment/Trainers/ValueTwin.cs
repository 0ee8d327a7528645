using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>A value network of the real one's shape on a backend that only measures, and the bytes it takes there.</summary>
internal sealed class ValueTwin : IDisposable
{
    private readonly ParameterSet? _weights;

    private ValueTwin(ValueNetwork? values, Backend nothing, TrainingOptions options)
    {
        if (values is null)
        {
            return;
        }

        long before = nothing.LiveBytes;
        _weights = new ParameterSet(nothing, values.Parameters.Specs);
        Network = values.Twin(_weights);
        Network.Open(options, Arena.Unlimited);
        Bytes = nothing.LiveBytes - before - Arena.Unlimited;
    }

    /// <summary>Null if there is none.</summary>
    public ValueNetwork? Network { get; }

    /// <summary>All but the arena.</summary>
    public long Bytes { get; }

    public static ValueTwin Of(ValueNetwork? values, Backend nothing, TrainingOptions options) => new(values, nothing, options);

    public void Dispose()
    {
        Network?.Dispose();
        _weights?.Dispose();
    }
}
