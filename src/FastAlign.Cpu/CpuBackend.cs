using FastAlign.Core;

namespace FastAlign.Cpu;

/// <summary>The host backend: SIMD kernels on a team of threads, tensors in native memory.</summary>
public sealed class CpuBackend : HostBackend
{
    /// <summary>Raised whenever a kernel's order of operations changes, so that cached log-probs are not mixed.</summary>
    private const int KernelRevision = 2;

    private readonly ThreadTeam _team;
    private readonly CpuOps _ops;
    private readonly IOps _checked;

    /// <param name="threads">Threads, the caller's included; 0 takes all processors.</param>
    public CpuBackend(int threads = 0)
    {
        _team = new ThreadTeam(threads > 0 ? threads : Environment.ProcessorCount);
        Isa = HostIsas.Best;
        _ops = new CpuOps(_team, Isa);
        _checked = CheckedOps.Wrap(_ops, ReadsBrainFloatWeights);
    }

    public HostIsa Isa { get; }

    public int Threads => _team.Threads;

    public override string Name => $"host {Isa.ToString().ToLowerInvariant()} x{Threads}";

    public override string NumericsId => $"host-{Isa.ToString().ToLowerInvariant()}-{KernelRevision}";

    public override IOps Ops => _checked;

    public override bool ReadsBrainFloatWeights => true;

    /// <summary>The kernels without the checks before them: for tests of what kernels do beyond the contract.</summary>
    internal IOps Unchecked => _ops;

    public override long WorkspaceBytes => _ops.WorkspaceBytes;

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _ops.Dispose();
            _team.Dispose();
        }

        base.Dispose(disposing);
    }
}
