using FastAlign.Core;
using FastAlign.Cpu.Gemm;
using FastAlign.Cpu.Head;

namespace FastAlign.Cpu;

/// <summary>The ops of the host backend. One file per family under Ops/; loops live here and in Simd/, formulas in FastAlign.Kernels.</summary>
internal sealed partial class CpuOps : IOps, IDisposable
{
    private readonly ThreadTeam _team;
    private readonly HostIsa _isa;
    private readonly Workspace _workspace = new();
    private readonly GemmEngine _gemm;
    private readonly HeadScratch _head;

    /// <summary>Each family takes its scratch here, one line each.</summary>
    public CpuOps(ThreadTeam team, HostIsa isa)
    {
        _team = team;
        _isa = isa;
        _attention = new AttentionScratch(_workspace, team.Threads);
        _gemm = new GemmEngine(team, isa, _workspace);
        _head = new HeadScratch(_workspace);
    }

    /// <summary>Native scratch of all kernels, taken when the backend opens and never grown.</summary>
    public long WorkspaceBytes => _workspace.Bytes;

    public void Dispose() => _workspace.Dispose();
}
