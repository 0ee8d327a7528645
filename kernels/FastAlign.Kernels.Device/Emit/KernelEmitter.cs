using System.Reflection;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace FastAlign.Kernels.Device;

/// <summary>Compiles kernels to PTX and OpenCL C without a device.</summary>
public static class KernelEmitter
{
    /// <summary>The kernels of the catalogue that support the target, in the order of the catalogue.</summary>
    /// <param name="target">For what.</param>
    /// <param name="isWanted">Which of them; null takes all.</param>
    public static IEnumerable<EmittedKernel> Emit(EmitTarget target, Func<KernelInfo, bool>? isWanted = null) =>
        KernelCatalog.All.Where(kernel => kernel.Variant.Supports(target.Device) && isWanted?.Invoke(kernel) != false).Select(kernel => Emit(kernel, target));

    /// <summary>The code of one kernel.</summary>
    /// <remarks>In a context of its own: what ILGPU has compiled before in one changes how it optimizes.</remarks>
    public static EmittedKernel Emit(KernelInfo kernel, EmitTarget target)
    {
        using Context context = Context.Create(static builder => builder.Optimize(OptimizationLevel.O2));
        EntryPointDescription entry = EntryPointDescription.FromExplicitlyGroupedKernel(kernel.Method);
        string code = target.IsPtx ? Ptx(context, entry, target.Architecture) : OpenCL(context, entry);
        return new EmittedKernel(kernel, target, Key(kernel.Method), StableNames.Apply(code));
    }

    /// <summary>Full name of a kernel method: <c>Namespace.Class.Method&lt;Namespace.Argument&gt;</c>.</summary>
    internal static string Key(MethodInfo method) =>
        $"{method.DeclaringType!.FullName}.{method.Name}{Arguments(method.IsGenericMethod ? method.GetGenericArguments() : [])}";

    private static string Ptx(Context context, EntryPointDescription entry, int architecture)
    {
        var sm = new CudaArchitecture(architecture / 10, architecture % 10);
        using var backend = new PTXBackend(context, new CudaCapabilityContext(sm), sm, InstructionSet(architecture), null!);
        return ((PTXCompiledKernel)backend.Compile(entry, default)).PTXAssembly;
    }

    /// <summary>The first version of the PTX language that knows the architecture: it runs on the most drivers.</summary>
    private static CudaInstructionSet InstructionSet(int architecture) => architecture switch
    {
        >= 90 => CudaInstructionSet.ISA_78,
        >= 80 => CudaInstructionSet.ISA_70,
        _ => CudaInstructionSet.ISA_60,
    };

    /// <summary>For a device without doubles, halves, atomics of 64 bits and sub-groups: what our kernels do without.</summary>
    private static string OpenCL(Context context, EntryPointDescription entry)
    {
        var capabilities = new CLCapabilityContext(false, false, genericAddressSpace: true, false, false);
        using var backend = new CLBackend(context, capabilities, CLDeviceVendor.Other, CLCVersion.CL12);
        return OpenCLSource.Corrected(((CLCompiledKernel)backend.Compile(entry, default)).Source);
    }

    private static string Arguments(Type[] arguments) => arguments.Length == 0 ? "" : $"<{string.Join(", ", arguments.Select(Name))}>";

    private static string Name(Type type) => type.IsGenericType
        ? $"{type.GetGenericTypeDefinition().FullName!.Split('`')[0]}{Arguments(type.GetGenericArguments())}"
        : type.FullName!;
}
