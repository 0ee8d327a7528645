using FastAlign.Core;

namespace FastAlign.Kernels.Conformance;

/// <summary>
/// The operands of a case in the memory of one backend. Each lies between guard elements, and gaps between strided rows are guarded too:
/// reading back fails if an op wrote where nothing belongs to it.
/// </summary>
public sealed class CaseTensors : IDisposable
{
    /// <summary>Guard elements before the first and after the last one; odd, so that operands start off vector boundaries.</summary>
    private const int Guard = 17;
    private const double GuardValue = -12345;
    private const int Garbage = int.MinValue;
    private const int Bfloat16Shift = 16;

    private readonly Backend _backend;
    private readonly Dictionary<string, Entry> _entries = [];
    private readonly int _guard;

    /// <param name="backend">Where the tensors lie.</param>
    /// <param name="operands">What to place.</param>
    /// <param name="values">Contents; an operand without any is filled with garbage.</param>
    /// <param name="isGuarded">False for timing: then operands start on cache lines, as in an arena.</param>
    public CaseTensors(Backend backend, IReadOnlyList<Operand> operands, Values values, bool isGuarded = true)
    {
        _backend = backend;
        _guard = isGuarded ? Guard : 0;
        foreach (Operand operand in operands)
        {
            DType type = operand.Type ?? backend.RealType;
            int stride = operand.Shape.RowLength + operand.Padding;
            Tensor all = backend.Allocate(new Shape((2 * _guard) + (operand.Shape[0] * stride)), type);
            _entries.Add(operand.Name, new Entry(operand, all, View(operand, all), stride));
            Load(operand.Name, values.Has(operand.Name) ? values[operand.Name] : null);
        }
    }

    /// <summary>Copies of all operands as they are now.</summary>
    public CaseTensors(CaseTensors original)
    {
        (_backend, _guard) = (original._backend, original._guard);
        foreach ((string name, Entry entry) in original._entries)
        {
            Tensor all = _backend.Allocate(entry.All.Shape, entry.All.Type);
            _backend.Ops.Copy(entry.All, all);
            _entries.Add(name, new Entry(entry.Operand, all, View(entry.Operand, all), entry.Stride));
        }
    }

    /// <summary>Memory of all operands, guards included.</summary>
    public long Bytes => _entries.Values.Sum(static entry => entry.All.Length * entry.All.Type.Bytes());

    public Tensor this[string name] => _entries[name].View;

    /// <summary>The operand, or none if the case has no operand of that name.</summary>
    public Tensor Optional(string name) => _entries.TryGetValue(name, out Entry? entry) ? entry.View : Tensor.None;

    /// <summary>Memory of operands without guards.</summary>
    public static long BytesOf(IReadOnlyList<Operand> operands, DType real) =>
        operands.Sum(operand => (long)operand.Shape[0] * (operand.Shape.RowLength + operand.Padding) * (operand.Type ?? real).Bytes());

    /// <summary>Takes a number that an op returned as the value of an operand of one element.</summary>
    public void Report(string name, double value) => _backend.Upload<double>([value], this[name]);

    /// <exception cref="RunException">A guard element changed.</exception>
    public double[] Read(string name)
    {
        Entry entry = _entries[name];
        double[] all = Download(entry.All);
        if (IsBare(entry))
        {
            return all;
        }

        int width = entry.View.Shape.RowLength;
        double[] values = new double[entry.View.Length];
        for (int i = 0; i < all.Length; i++)
        {
            int at = i - _guard;
            (int row, int column) = at < 0 ? (-1, 0) : Math.DivRem(at, entry.Stride);
            if (row >= 0 && row < entry.View.Rows && column < width)
            {
                values[(row * width) + column] = all[i];
            }
            else if (all[i] != Rounded(entry.All.Type, GuardValue))
            {
                throw new RunException($"{name}{entry.View.Shape}: an element outside it was written, row {row} column {column}");
            }
        }

        return values;
    }

    public void Dispose()
    {
        foreach (Entry entry in _entries.Values)
        {
            entry.All.Buffer.Dispose();
        }
    }

    private Tensor View(Operand operand, Tensor all)
    {
        if (operand.Shape.Rank == 1)
        {
            return all.Slice(_guard, operand.Shape);
        }

        Tensor rows = all.Slice(_guard, new Shape(operand.Shape[0], operand.Shape.RowLength + operand.Padding)).Columns(0, operand.Shape.RowLength);
        return operand.Shape.Rank == 3 ? rows.SplitRows(operand.Shape[1], operand.Shape[2]) : rows;
    }

    private static double Rounded(DType type, double value) => type == DType.BF16 ? Widened(StoredNumber.Bfloat16(value)) : value;

    private static double Widened(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << Bfloat16Shift);

    private void Load(string name, double[]? values)
    {
        Entry entry = _entries[name];
        double[] all = values is not null && IsBare(entry) ? values : Surrounded(entry, values);
        switch (entry.All.Type)
        {
            case DType.I32:
                _backend.Upload<int>(Array.ConvertAll(all, static x => double.IsNaN(x) ? Garbage : (int)x), entry.All);
                break;
            case DType.BF16:
                _backend.Upload<ushort>(Array.ConvertAll(all, StoredNumber.Bfloat16), entry.All);
                break;
            default:
                _backend.UploadReal(all, entry.All);
                break;
        }
    }

    /// <summary>Whether nothing lies around or between the rows.</summary>
    private bool IsBare(Entry entry) => _guard == 0 && entry.View.IsContiguous;

    private double[] Surrounded(Entry entry, double[]? values)
    {
        double[] all = new double[entry.All.Length];
        Array.Fill(all, GuardValue);
        int width = entry.View.Shape.RowLength;
        for (int row = 0; row < entry.View.Rows; row++)
        {
            Span<double> to = all.AsSpan(_guard + (row * entry.Stride), width);
            if (values is null)
            {
                to.Fill(double.NaN);
            }
            else
            {
                values.AsSpan(row * width, width).CopyTo(to);
            }
        }

        return all;
    }

    private double[] Download(Tensor all)
    {
        double[] values = new double[all.Length];
        switch (all.Type)
        {
            case DType.I32:
                int[] integers = new int[all.Length];
                _backend.Download<int>(all, integers);
                return Array.ConvertAll(integers, static x => (double)x);
            case DType.BF16:
                ushort[] halves = new ushort[all.Length];
                _backend.Download<ushort>(all, halves);
                return Array.ConvertAll(halves, Widened);
            default:
                _backend.DownloadReal(all, values);
                return values;
        }
    }

    private sealed record Entry(Operand Operand, Tensor All, Tensor View, int Stride);
}
