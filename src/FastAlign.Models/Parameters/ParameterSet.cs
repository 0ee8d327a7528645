using FastAlign.Core;

namespace FastAlign.Models;

/// <summary>
/// All parameters of a model in one flat buffer, those that decay first. Gradients and moments are sets of the same layout, so that the
/// optimizer, clipping and checkpoints are single passes. Models that stand still may have their matrices stored as BF16.
/// </summary>
public sealed class ParameterSet : IDisposable
{
    private const int Alignment = 16;

    private readonly Dictionary<string, Tensor> _tensors = [];
    private readonly TensorBuffer _buffer;

    /// <summary>A zeroed set on <paramref name="backend"/>.</summary>
    /// <exception cref="ShapeException">Matrices are to be BF16, and the backend cannot read those, or not all of them are.</exception>
    public ParameterSet(Backend backend, IReadOnlyList<ParameterSpec> specs)
    {
        Backend = backend;
        Specs = specs;
        IsBrainFloat = specs.Any(spec => spec.IsBrainFloat);
        DType matrices = IsBrainFloat ? DType.BF16 : backend.RealType;
        if (IsBrainFloat && !(backend.ReadsBrainFloatWeights && specs.All(spec => spec.IsBrainFloat == spec.Decays)))
        {
            throw new ShapeException($"[parameters] BF16: expected all matrices and nothing else, on a backend that reads them, found another choice on {backend.Name}");
        }

        // Offsets count elements of their part's type; the plain part begins where the matrices end.
        long decayed = Layout(specs, decays: true, 0, out long[] offsets);
        long begin = decayed * matrices.Bytes() / backend.RealType.Bytes();
        long end = Layout(specs, decays: false, begin, out long[] plainOffsets);
        _buffer = backend.Allocate(end * backend.RealType.Bytes());
        for (int i = 0; i < specs.Count; i++)
        {
            (long offset, DType type) = specs[i].Decays ? (offsets[i], matrices) : (plainOffsets[i], backend.RealType);
            _tensors.Add(specs[i].Name, new Tensor(_buffer, offset, specs[i].Shape, type));
        }

        Decayed = View(0, decayed, matrices);
        Plain = View(begin, end - begin, backend.RealType);
    }

    public Backend Backend { get; }

    public IReadOnlyList<ParameterSpec> Specs { get; }

    /// <summary>Whether the matrices are stored as BF16: a set that is read and never trained.</summary>
    public bool IsBrainFloat { get; }

    /// <summary>Bytes it takes.</summary>
    public long ByteLength => _buffer.ByteLength;

    /// <summary>Everything, flat; gaps between parameters are zero and stay zero.</summary>
    /// <exception cref="ShapeException">The set has two types.</exception>
    public Tensor All => IsBrainFloat
        ? throw new ShapeException("[parameters] expected a set of one type, found matrices in BF16")
        : View(0, Decayed.Length + Plain.Length, Backend.RealType);

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
    public ParameterSet Clone() => Clone(IsBrainFloat);

    /// <summary>A copy whose matrices are stored as BF16, rounded to nearest even if they have to be, or in the backend's type.</summary>
    public ParameterSet Clone(bool asBrainFloat)
    {
        var copy = new ParameterSet(Backend, ParameterSpec.Store(Specs, asBrainFloat));
        Backend.Ops.Copy(Decayed, copy.Decayed);
        Backend.Ops.Copy(Plain, copy.Plain);
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
            DownloadReals(source, reals);
            Transpose<double>(reals, values, entry.Rows, source.Shape.RowLength);
        }
        else
        {
            DownloadReals(source, values);
        }
    }

    /// <summary>As <see cref="Export(CheckpointTensor, Span{double})"/>, in F32: exact unless the backend is F64.</summary>
    public void Export(CheckpointTensor entry, Span<float> values)
    {
        Tensor source = this[entry.Parameter].RowRange(entry.FirstRow, entry.Rows);
        if (source.Type != DType.F32)
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

    private void DownloadReals(Tensor source, Span<double> values)
    {
        if (source.Type != DType.BF16)
        {
            Backend.DownloadReal(source, values);
            return;
        }

        Tensor wide = Backend.Allocate(source.Shape, Backend.RealType);
        using TensorBuffer memory = wide.Buffer;
        Backend.Ops.Copy(source, wide);
        Backend.DownloadReal(wide, values);
    }

    private void UploadFloats(ReadOnlySpan<float> values, Tensor target)
    {
        if (target.Type == DType.F32)
        {
            Backend.Upload(values, target);
            return;
        }

        if (target.Type == DType.BF16)
        {
            Tensor wide = Backend.Allocate(target.Shape, DType.F32);
            using TensorBuffer memory = wide.Buffer;
            Backend.Upload(values, wide);
            Backend.Ops.Copy(wide, target);
            Backend.Synchronize();
            return;
        }

        double[] reals = new double[values.Length];
        for (int i = 0; i < reals.Length; i++)
        {
            reals[i] = values[i];
        }

        Backend.UploadReal(reals, target);
    }

    private Tensor View(long offset, long length, DType type) => new(_buffer, offset, new Shape(checked((int)length)), type);
}
