using FastAlign.Core;

namespace FastAlign.Models;

/// <summary>
/// All parameters of a model in one flat buffer, those that decay first. Gradients and moments are sets of the same layout, so that the
/// optimizer, clipping and checkpoints are single passes.
/// </summary>
public sealed class ParameterSet : IDisposable
{
    private const int Alignment = 16;

    private readonly Dictionary<string, Tensor> _tensors = [];
    private readonly TensorBuffer _buffer;

    /// <summary>A zeroed set on <paramref name="backend"/>.</summary>
    public ParameterSet(Backend backend, IReadOnlyList<ParameterSpec> specs)
    {
        Backend = backend;
        Specs = specs;
        long decayed = Layout(specs, decays: true, 0, out long[] offsets);
        long total = Layout(specs, decays: false, decayed, out long[] plainOffsets);
        _buffer = backend.Allocate(total * backend.RealType.Bytes());
        for (int i = 0; i < specs.Count; i++)
        {
            long offset = specs[i].Decays ? offsets[i] : plainOffsets[i];
            _tensors.Add(specs[i].Name, new Tensor(_buffer, offset, specs[i].Shape, backend.RealType));
        }

        Decayed = View(0, decayed);
        Plain = View(decayed, total - decayed);
        All = View(0, total);
    }

    public Backend Backend { get; }

    public IReadOnlyList<ParameterSpec> Specs { get; }

    /// <summary>Everything, flat; gaps between parameters are zero and stay zero.</summary>
    public Tensor All { get; }

    /// <summary>The part that weight decay applies to, flat.</summary>
    public Tensor Decayed { get; }

    /// <summary>The part without weight decay, flat.</summary>
    public Tensor Plain { get; }

    /// <summary>Number of trained numbers, gaps excluded.</summary>
    public long Count => Specs.Sum(spec => spec.Shape.Length);

    public Tensor this[string name] => _tensors.TryGetValue(name, out Tensor tensor)
        ? tensor
        : throw new ShapeException($"[parameters] no parameter named {name}");

    /// <summary>A zeroed set of the same layout: gradients, moments.</summary>
    public ParameterSet ZerosLike() => new(Backend, Specs);

    /// <summary>A copy: the frozen reference.</summary>
    public ParameterSet Clone()
    {
        ParameterSet copy = ZerosLike();
        Backend.Ops.Copy(All, copy.All);
        return copy;
    }

    public bool Contains(string name) => _tensors.ContainsKey(name);

    /// <summary>Shape of a checkpoint tensor in its file.</summary>
    public Shape ShapeOf(CheckpointTensor entry)
    {
        Shape shape = this[entry.Parameter].Shape;
        return shape.Rank == 1 ? new Shape(entry.Rows)
            : entry.IsTransposed ? new Shape(shape[1], entry.Rows)
            : shape.WithRows(entry.Rows);
    }

    /// <summary>
    /// Sets the rows of a parameter from the values of a checkpoint tensor, in the file's layout. A tensor that is not transposed can be set
    /// block by block: <c>entry with { FirstRow = .., Rows = .. }</c>.
    /// </summary>
    public void Import(CheckpointTensor entry, ReadOnlySpan<float> values)
    {
        Tensor target = this[entry.Parameter].RowRange(entry.FirstRow, entry.Rows);
        if (entry.IsTransposed)
        {
            float[] turned = new float[values.Length];
            Transpose(values, turned, target.Shape.RowLength, entry.Rows);
            UploadFloats(turned, target);
        }
        else
        {
            UploadFloats(values, target);
        }
    }

    /// <summary>The values of a checkpoint tensor in the file's layout: the counterpart of <see cref="Import"/>.</summary>
    public void Export(CheckpointTensor entry, Span<double> values)
    {
        Tensor source = this[entry.Parameter].RowRange(entry.FirstRow, entry.Rows);
        if (entry.IsTransposed)
        {
            double[] reals = new double[values.Length];
            Backend.DownloadReal(source, reals);
            Transpose<double>(reals, values, entry.Rows, source.Shape.RowLength);
        }
        else
        {
            Backend.DownloadReal(source, values);
        }
    }

    /// <summary>As <see cref="Export(CheckpointTensor, Span{double})"/>, in F32: exact unless the backend is F64.</summary>
    public void Export(CheckpointTensor entry, Span<float> values)
    {
        Tensor source = this[entry.Parameter].RowRange(entry.FirstRow, entry.Rows);
        if (Backend.RealType != DType.F32)
        {
            double[] reals = new double[values.Length];
            Export(entry, reals);
            for (int i = 0; i < reals.Length; i++)
            {
                values[i] = (float)reals[i];
            }
        }
        else if (entry.IsTransposed)
        {
            float[] turned = new float[values.Length];
            Backend.Download<float>(source, turned);
            Transpose<float>(turned, values, entry.Rows, source.Shape.RowLength);
        }
        else
        {
            Backend.Download(source, values);
        }
    }

    public void Dispose() => _buffer.Dispose();

    private static long Layout(IReadOnlyList<ParameterSpec> specs, bool decays, long start, out long[] offsets)
    {
        offsets = new long[specs.Count];
        long next = start;
        for (int i = 0; i < specs.Count; i++)
        {
            if (specs[i].Decays == decays)
            {
                offsets[i] = next;
                next += (specs[i].Shape.Length + Alignment - 1) / Alignment * Alignment;
            }
        }

        return next;
    }

    /// <summary><paramref name="from"/> [rows, columns] to <paramref name="to"/> [columns, rows].</summary>
    private static void Transpose<T>(ReadOnlySpan<T> from, Span<T> to, int rows, int columns)
    {
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                to[(j * rows) + i] = from[(i * columns) + j];
            }
        }
    }

    private void UploadFloats(ReadOnlySpan<float> values, Tensor target)
    {
        if (Backend.RealType == DType.F32)
        {
            Backend.Upload(values, target);
            return;
        }

        double[] reals = new double[values.Length];
        for (int i = 0; i < reals.Length; i++)
        {
            reals[i] = values[i];
        }

        Backend.UploadReal(reals, target);
    }

    private Tensor View(long offset, long length) => new(_buffer, offset, new Shape(checked((int)length)), Backend.RealType);
}
