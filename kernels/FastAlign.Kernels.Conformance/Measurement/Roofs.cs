using FastAlign.Core;

namespace FastAlign.Kernels.Conformance;

/// <summary>What a machine can do at most, measured in the process whose speeds are shares of it.</summary>
/// <param name="Threads">Threads that measured it; 0 for a device.</param>
/// <param name="PeakGigaflops">F32 multiply-adds in registers, two operations each, GFLOP/s.</param>
/// <param name="GemmGigaflops">The best large F32 product of the backend, GFLOP/s.</param>
/// <param name="ReadGigabytes">Memory read, GB/s.</param>
/// <param name="CopyGigabytes">Memory copied, read and written together, GB/s.</param>
public sealed record Roofs(int Threads, double PeakGigaflops, double GemmGigaflops, double ReadGigabytes, double CopyGigabytes)
{
    private const double Giga = 1e-9;

    // A product this large spends under a percent of its time outside the inner tiles.
    private const int GemmSize = 1024;

    private static readonly TimeBudget GemmBudget = new(2, 0.3, 5, 0.2);

    /// <summary>Measures the host's processors, on threads of their own: a roof is not our scheduler's.</summary>
    /// <param name="backend">Whose matrix product is the best; a host backend of <paramref name="threads"/> threads.</param>
    /// <param name="threads">At least 1.</param>
    public static Roofs OfHost(Backend backend, int threads)
    {
        var probes = new HostProbes(threads);
        return new Roofs(threads, probes.Peak() * Giga, Gemm(backend) * Giga, probes.Read() * Giga, probes.Copy() * Giga);
    }

    /// <summary>
    /// The roofs of a device that has measured its own peak and copy; reading is not measured apart and taken as fast as copying. A compiler may leave the chains
    /// that measure arithmetic scalar, as PoCL's does: what the best product reaches counts, too.
    /// </summary>
    public static Roofs OfDevice(Backend backend, double peakGigaflops, double copyGigabytes)
    {
        double product = Gemm(backend) * Giga;
        return new Roofs(0, Math.Max(peakGigaflops, product), product, copyGigabytes, copyGigabytes);
    }

    /// <summary>The higher of two measurements, roof by roof: whatever disturbed one of them, the machine can do this.</summary>
    public Roofs Or(Roofs other) => new(
        Threads,
        Math.Max(PeakGigaflops, other.PeakGigaflops),
        Math.Max(GemmGigaflops, other.GemmGigaflops),
        Math.Max(ReadGigabytes, other.ReadGigabytes),
        Math.Max(CopyGigabytes, other.CopyGigabytes));

    /// <summary>GFLOP/s or GB/s.</summary>
    public double this[Roof roof] => roof switch
    {
        Roof.Peak => PeakGigaflops,
        Roof.Gemm => GemmGigaflops,
        Roof.Read => ReadGigabytes,
        _ => CopyGigabytes,
    };

    /// <summary>The shortest time the work can take, and the roof that bounds it: the longer of arithmetic alone and traffic alone.</summary>
    public (Roof Roof, double Seconds) Bound(in Work work)
    {
        double arithmetic = work.Flops * Giga / this[work.Arithmetic];
        double traffic = work.Bytes * Giga / this[work.Traffic];
        return arithmetic >= traffic ? (work.Arithmetic, arithmetic) : (work.Traffic, traffic);
    }

    public override string ToString() =>
        $"{(Threads == 0 ? "device" : Threads == 1 ? "1 thread" : $"{Threads} threads")}: peak {PeakGigaflops:f0} GFLOP/s, gemm {GemmGigaflops:f0} GFLOP/s, read {ReadGigabytes:f1} GB/s, copy {CopyGigabytes:f1} GB/s";

    private static double Gemm(Backend backend)
    {
        var shape = new Shape(GemmSize, GemmSize);
        Tensor x = Random(backend, shape, 0);
        Tensor w = Random(backend, shape, 1);
        Tensor y = backend.Allocate(shape, backend.RealType);
        try
        {
            Times times = Times.Measure(
                () =>
                {
                    backend.Ops.LinearForward(x, w, Tensor.None, Tensor.None, y);
                    backend.Synchronize();
                },
                GemmBudget);
            return 2.0 * GemmSize * GemmSize * GemmSize / times.BestSeconds;
        }
        finally
        {
            x.Buffer.Dispose();
            w.Buffer.Dispose();
            y.Buffer.Dispose();
        }
    }

    /// <summary>Numbers like those of a model: a processor that multiplies zeros draws less power and may run faster.</summary>
    private static Tensor Random(Backend backend, Shape shape, ulong stream)
    {
        var random = new Philox(0, RandomPurpose.Test, stream);
        double[] values = new double[shape.Length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (2 * random.Uniform((ulong)i)) - 1;
        }

        Tensor tensor = backend.Allocate(shape, backend.RealType);
        backend.UploadReal(values, tensor);
        return tensor;
    }
}
