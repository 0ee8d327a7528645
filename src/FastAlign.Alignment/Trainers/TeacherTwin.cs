using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>A teacher of the real one's shape on a backend that only measures, and the bytes it takes there.</summary>
internal sealed class TeacherTwin : IDisposable
{
    private readonly ParameterSet? _weights;
    private readonly DecoderModel? _model;

    private TeacherTwin(Teacher? teacher, Backend nothing)
    {
        if (teacher is null)
        {
            return;
        }

        long before = nothing.LiveBytes;
        (_weights, _model) = teacher.Twin(nothing);
        Teacher = teacher.With(_model);
        WeightBytes = _weights.ByteLength;
        TableBytes = nothing.LiveBytes - before - WeightBytes;
    }

    /// <summary>Null if there is no teacher.</summary>
    public Teacher? Teacher { get; }

    public long WeightBytes { get; }

    public long TableBytes { get; }

    public static TeacherTwin Of(Teacher? teacher, Backend nothing) => new(teacher, nothing);

    public void Dispose()
    {
        _model?.Dispose();
        _weights?.Dispose();
    }
}
