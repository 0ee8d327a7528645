using FastAlign.Core;

namespace FastAlign.Cpu;

/// <summary>The ops of the host backend. One file per family under Ops/; loops live here and in Simd/, formulas in FastAlign.Kernels.</summary>
internal sealed partial class CpuOps(ThreadTeam team, HostIsa isa) : IOps, IDisposable
{
    private readonly ThreadTeam _team = team;
    private readonly HostIsa _isa = isa;

    /// <summary>Native scratch of all kernels, taken when the backend opens and never grown.</summary>
    public long WorkspaceBytes => 0;

    public void Dispose()
    {
    }
}
