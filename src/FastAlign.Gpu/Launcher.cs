using FastAlign.Core;
using FastAlign.Kernels.Device;
using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.OpenCL;
using ILGPU.Runtime;
using KernelInfo = FastAlign.Kernels.Device.KernelInfo;

namespace FastAlign.Gpu;

/// <summary>Compiles each kernel at its first launch, keeps it, and queues launches on the backend's stream.</summary>
internal sealed class Launcher(Accelerator accelerator, AcceleratorStream stream, DeviceInfo device)
{
    private readonly Dictionary<KernelInfo, Delegate> _compiled = [];
    private readonly Dictionary<KernelInfo, KernelInfo> _replaced = [];

    public DeviceInfo Device { get; } = device;

    /// <summary>Launches so far.</summary>
    public long Count { get; private set; }

    /// <summary>From now on, launches <paramref name="by"/> where <paramref name="kernel"/> is asked for.</summary>
    public void Replace<TArguments>(KernelInfo<TArguments> kernel, KernelInfo<TArguments> by)
        where TArguments : struct => _replaced[kernel] = by;

    /// <summary>From now on, <paramref name="call"/> does the work of <paramref name="kernel"/>: a library's function, queued on the same stream.</summary>
    public void Serve<TArguments>(KernelInfo<TArguments> kernel, Action<TArguments> call)
        where TArguments : struct => _compiled[kernel] = new Action<AcceleratorStream, KernelConfig, TArguments>((_, _, arguments) => call(arguments));

    /// <summary>Queues a kernel; nothing if its geometry has no groups.</summary>
    /// <exception cref="RunException">The device failed.</exception>
    public void Launch<TArguments>(KernelInfo<TArguments> kernel, in TArguments arguments)
        where TArguments : struct
    {
        if (_replaced.Count > 0 && _replaced.TryGetValue(kernel, out KernelInfo? replacement))
        {
            kernel = (KernelInfo<TArguments>)replacement;
        }

        try
        {
            int groups = kernel.Groups(arguments);
            if (groups == 0)
            {
                return;
            }

            if (!_compiled.TryGetValue(kernel, out Delegate? compiled))
            {
                compiled = Compile(kernel);
            }

            ((Action<AcceleratorStream, KernelConfig, TArguments>)compiled)(stream, new KernelConfig(groups, kernel.GroupSize), arguments);
            Count++;
        }
        catch (Exception failure) when (DeviceFailure.IsOfDevice(failure))
        {
            throw DeviceFailure.Lost(Device, $"launch of {kernel}", failure);
        }
    }

    private Action<AcceleratorStream, KernelConfig, TArguments> Compile<TArguments>(KernelInfo<TArguments> kernel)
        where TArguments : struct
    {
        if (kernel.GroupSize > Device.MaxGroupSize || kernel.SharedBytes > Device.SharedBytes)
        {
            throw new RunException(
                $"[{kernel}] needs groups of {kernel.GroupSize} threads with {kernel.SharedBytes} bytes of shared memory; {Device.Name} has {Device.MaxGroupSize} and {Device.SharedBytes}");
        }

        Action<AcceleratorStream, KernelConfig, TArguments> compiled = accelerator.GetBackend() is CLBackend backend
            ? Load(backend, kernel).CreateLauncherDelegate<Action<AcceleratorStream, KernelConfig, TArguments>>()
            : accelerator.LoadKernel(kernel.Entry);
        _compiled.Add(kernel, compiled);
        return compiled;
    }

    private Kernel Load(CLBackend backend, KernelInfo kernel)
    {
        var compiled = (CLCompiledKernel)backend.Compile(EntryPointDescription.FromExplicitlyGroupedKernel(kernel.Method), default);
        return accelerator.LoadKernel(OpenCLSource.Corrected(accelerator.Context, compiled));
    }
}
