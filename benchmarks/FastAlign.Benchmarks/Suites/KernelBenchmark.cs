using BenchmarkDotNet.Attributes;
using FastAlign.Cpu;
using FastAlign.Kernels.Conformance;

namespace FastAlign.Benchmarks;

/// <summary>One call of a kernel; the case is checked when the timing is over.</summary>
public abstract class KernelBenchmark : IDisposable
{
    private CpuBackend? _backend;
    private KernelCase? _kernel;
    private CasePhase _phase;
    private CaseCalls? _calls;

    /// <summary>Case and phase, e.g. <c>rms_norm/5x123.backward</c>.</summary>
    public abstract string Row { get; set; }

    /// <summary>How much memory the calls walk through.</summary>
    protected abstract long ColdBytes { get; }

    protected abstract IEnumerable<TimedCase> Cases { get; }

    [GlobalSetup]
    public void SetUp()
    {
        (TimedCase timed, _phase) = Phases(Cases).Single(pair => KernelTimer.NameOf(pair.Case.Name, pair.Phase) == Row);
        (_backend, _kernel) = (Machine.Open(), timed.Create());
        _calls = new CaseCalls(_kernel, _backend, ColdBytes);
    }

    [Benchmark]
    public void Call() => _calls!.Run(_phase);

    [GlobalCleanup]
    public void Check()
    {
        _calls!.Dispose();
        Board.Pin(KernelTimer.Describe(_kernel!, _phase, _backend!) with { Failure = SampledVerifier.Check(_kernel!, _backend!) });
        Dispose();
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        _calls?.Dispose();
        _backend?.Dispose();
    }

    protected static IEnumerable<string> RowsOf(IEnumerable<TimedCase> cases) => Phases(cases).Select(static pair => KernelTimer.NameOf(pair.Case.Name, pair.Phase));

    private static IEnumerable<(TimedCase Case, CasePhase Phase)> Phases(IEnumerable<TimedCase> cases) => cases.SelectMany(static timed => timed.Phases.Select(phase => (timed, phase)));
}
