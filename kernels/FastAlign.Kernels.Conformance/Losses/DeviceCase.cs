using FastAlign.Core;
using FastAlign.Gpu;

namespace FastAlign.Kernels.Conformance;

/// <summary>A case of what devices have beside the ops, <see cref="DeviceLosses"/>; the oracle is the same formula, or a naive loop, in double.</summary>
public abstract class DeviceCase : KernelCase
{
    private protected DeviceCase(string op, string variant)
        : base(op, variant)
    {
    }

    public sealed override void Forward(IOps ops, CaseTensors t) => throw new NotSupportedException($"{Name} is not among the ops");

    internal sealed override void Forward(Backend backend, CaseTensors t)
    {
        if (backend is ReferenceBackend)
        {
            Expect(t);
        }
        else
        {
            Forward(Of(backend), t);
        }
    }

    internal sealed override void Backward(Backend backend, CaseTensors t)
    {
        if (backend is ReferenceBackend)
        {
            ExpectBackward(t);
        }
        else
        {
            Backward(Of(backend), t);
        }
    }

    internal abstract void Forward(DeviceLosses losses, CaseTensors t);

    /// <summary>The same in double, in host memory.</summary>
    internal abstract void Expect(CaseTensors t);

    internal virtual void Backward(DeviceLosses losses, CaseTensors t) => throw new NotSupportedException($"{Name} has no backward call");

    internal virtual void ExpectBackward(CaseTensors t) => throw new NotSupportedException($"{Name} has no backward call");

    private protected static Span<double> Reals(Tensor tensor) => tensor.HostSpan<double>();

    private protected static Span<int> Integers(Tensor tensor) => tensor.HostSpan<int>();

    /// <summary>Inputs made of normal numbers, exact in F32.</summary>
    private protected void Normals(string name, int count, Func<double, double> map)
    {
        Philox random = Stream();
        Input(name, new Shape(count), [.. Enumerable.Range(0, count).Select(i => (double)(float)map(random.Normal((ulong)i)))]);
    }

    private protected void Integers(string name, IEnumerable<int> values)
    {
        double[] integers = [.. values.Select(static value => (double)value)];
        Input(name, new Shape(integers.Length), integers, DType.I32);
    }

    /// <summary>First rows of sequences of these lengths, and the end of the last one.</summary>
    private protected static int[] Starts(IEnumerable<int> lengths)
    {
        List<int> starts = [0];
        starts.AddRange(lengths.Select(length => starts[^1] + length));
        return [.. starts];
    }

    private DeviceLosses Of(Backend backend) => backend is DeviceBackend device ? device.Losses : throw new NotSupportedException($"{Name}: {backend.Name} has it in double only");
}
