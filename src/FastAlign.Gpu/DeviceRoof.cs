using System.Diagnostics;
using FastAlign.Core;
using FastAlign.Kernels.Device;

namespace FastAlign.Gpu;

/// <summary>The limits of a device, measured on it: what speeds of kernels are shares of.</summary>
/// <param name="GigaflopsPerSecond">F32 multiply-adds in registers, two operations each.</param>
/// <param name="GigabytesPerSecond">Read and written by a copy.</param>
public sealed record DeviceRoof(double GigaflopsPerSecond, double GigabytesPerSecond)
{
    private const int Rounds = 5;

    // Work is doubled until one launch takes this long: then what a launch costs is no part of the figure.
    private const double LeastSeconds = 0.01;
    private const int Groups = 1024;
    private const int FirstIterations = 16;
    private const long FirstElements = 1 << 14;
    private const long MostElements = 1 << 26;

    internal static DeviceRoof Measure(DeviceBackend backend, Launcher launcher) =>
        new(Arithmetic(backend, launcher) * 1e-9, Copying(backend) * 1e-9);

    private static double Arithmetic(DeviceBackend backend, Launcher launcher)
    {
        Tensor result = backend.Allocate(new Shape(Groups * MapExtent.GroupSize), DType.F32);
        using TensorBuffer buffer = result.Buffer;
        for (int iterations = FirstIterations; ; iterations *= 2)
        {
            var arguments = new MultiplyAddArguments(new VectorView<float>(((DeviceBuffer)buffer).View<float>(), 0), Groups, iterations, 0.999f, 0.5f);
            double seconds = Best(backend, () => launcher.Launch(RooflineKernels.MultiplyAdd, arguments));
            if (seconds >= LeastSeconds || iterations > int.MaxValue / 4)
            {
                return (double)result.Length * Roofline.FlopsPerIteration * iterations / seconds;
            }
        }
    }

    private static double Copying(DeviceBackend backend)
    {
        for (long elements = FirstElements; ; elements *= 2)
        {
            Tensor from = backend.Allocate(new Shape((int)elements), DType.F32);
            Tensor to = backend.Allocate(new Shape((int)elements), DType.F32);
            using TensorBuffer fromBuffer = from.Buffer;
            using TensorBuffer toBuffer = to.Buffer;
            double seconds = Best(backend, () => backend.Ops.Copy(from, to));
            bool isLargest = 2 * elements > MostElements || 4 * elements * sizeof(float) > backend.CapacityBytes / 2;
            if (seconds >= LeastSeconds || isLargest)
            {
                return 2.0 * sizeof(float) * elements / seconds;
            }
        }
    }

    private static double Best(DeviceBackend backend, Action launch)
    {
        launch();
        backend.Synchronize();
        double best = double.PositiveInfinity;
        for (int round = 0; round < Rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            launch();
            backend.Synchronize();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }
}
