using FastAlign.Core;
using FastAlign.Cpu;

namespace FastAlign.Tests.Cpu;

/// <summary>The tensors of an <see cref="AttentionCase"/> on a backend. All but y are column ranges of wider tensors, at odd offsets.</summary>
internal sealed class AttentionSession : IDisposable
{
    private const int Before = 3;
    private const int After = 2;

    private readonly AttentionCase _case;
    private readonly Backend _backend;
    private readonly List<TensorBuffer> _buffers = [];
    private readonly AttentionTensors _tensors;
    private readonly Tensor _dy;
    private readonly Tensor _dq;
    private readonly Tensor _dk;
    private readonly Tensor _dv;

    public AttentionSession(AttentionCase problem, Backend backend)
    {
        (_case, _backend) = (problem, backend);
        Tensor y = Own(backend.Allocate(new Shape(problem.Queries.Length, problem.Heads, problem.HeadWidth), backend.RealType));
        Tensor logZ = Own(backend.Allocate(new Shape(problem.Queries.Length, problem.Heads), backend.RealType));
        _tensors = new AttentionTensors(Take(problem.Queries, problem.Heads, 0), Take(problem.Keys, problem.KeyHeads, 1), Take(problem.Keys, problem.KeyHeads, 2), y, logZ);
        _dy = Take(problem.Queries, problem.Heads, 3);

        // Gradients are assigned: what is there before must not matter.
        _dq = Take(problem.Queries, problem.Heads, 4);
        _dk = Take(problem.Keys, problem.KeyHeads, 5);
        _dv = Take(problem.Keys, problem.KeyHeads, 6);
    }

    /// <summary>dy of a problem.</summary>
    public static double[] Slopes(AttentionCase problem, Backend backend)
    {
        using var session = new AttentionSession(problem, backend);
        return session.Read(session._dy);
    }

    private IOps Ops => _backend is CpuBackend host ? host.Unchecked : _backend.Ops;

    public void Forward() => Ops.AttentionForward(_tensors, _case.Layout, _case.Spec);

    public void Backward() => Ops.AttentionBackward(_tensors, _case.Layout, _case.Spec, _dy, _dq, _dk, _dv);

    public AttentionResult Read() => new(Read(_tensors.Y), Read(_tensors.LogZ), Read(_dq), Read(_dk), Read(_dv));

    public void Dispose()
    {
        foreach (TensorBuffer buffer in _buffers)
        {
            buffer.Dispose();
        }
    }

    /// <summary>[rows, heads, D] uniform in [-1, 1), rounded to float so that all backends start from the same numbers.</summary>
    private Tensor Take(int[] tokens, int heads, int role)
    {
        int width = heads * _case.HeadWidth, stride = Before + width + After;
        double[] values = new double[tokens.Length * stride];
        values.AsSpan().Fill(double.NaN);
        var random = new Philox(7, RandomPurpose.Test, (ulong)role);
        for (int i = 0; i < tokens.Length; i++)
        {
            for (int c = 0; c < width; c++)
            {
                bool isUnit = role == 3 && _case.HasUnitSlopes;
                double value = isUnit ? 1 : (float)((2 * random.Uniform(((ulong)tokens[i] << 20) | (uint)c)) - 1);
                values[(i * stride) + Before + c] = role < 3 ? value + (_case.Step * AttentionCase.Direction(role, ((long)i * width) + c)) : value;
            }
        }

        Tensor whole = Own(_backend.Allocate(new Shape(tokens.Length, stride), _backend.RealType));
        _backend.UploadReal(values, whole);
        return whole.Columns(Before, width).SplitRows(heads, _case.HeadWidth);
    }

    private double[] Read(Tensor tensor)
    {
        int width = tensor.Shape.RowLength;
        double[] values = new double[tensor.Rows * width];
        for (int i = 0; i < tensor.Rows; i++)
        {
            _backend.DownloadReal(tensor.RowRange(i, 1), values.AsSpan(i * width, width));
        }

        return values;
    }

    private Tensor Own(Tensor tensor)
    {
        _buffers.Add(tensor.Buffer);
        return tensor;
    }
}
