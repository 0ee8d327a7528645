using System.Reflection;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.OpenCL;

namespace FastAlign.Kernels.Device;

/// <summary>What ILGPU 1.5.3 gets wrong in OpenCL C, put right before a driver sees it.</summary>
public static class OpenCLSource
{
    // A group barrier is emitted with a fence of global memory alone, and under its OpenCL 2.0 name.
    private const string Emitted = "work_group_barrier ( CLK_GLOBAL_MEM_FENCE )";

    /// <summary>Orders accesses to shared memory too, which is what our barriers are for; known to OpenCL C of every version.</summary>
    private const string Fenced = "barrier ( CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE )";

    // Needed to make a compiled kernel of changed source, and internal.
    private static readonly PropertyInfo EntryPoint =
        typeof(CLCompiledKernel).GetProperty("EntryPoint", BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)!;

    /// <summary>The kernel with barriers that order shared memory.</summary>
    public static CLCompiledKernel Corrected(Context context, CLCompiledKernel kernel) =>
        new(context, (SeparateViewEntryPoint)EntryPoint.GetValue(kernel)!, kernel.Info, Corrected(kernel.Source), kernel.CVersion);

    internal static string Corrected(string source) => source.Replace(Emitted, Fenced, StringComparison.Ordinal);
}
