using FastAlign.Core;

namespace FastAlign.Kernels.Conformance;

/// <summary>
/// Repeated calls of a case for timing. Calls take turns on copies of the operands that together exceed every cache, as in a training step, where megabytes
/// pass between two uses of a tensor. Else a small op would be timed against its cache, and beat the roof of memory.
/// </summary>
public sealed class CaseCalls : IDisposable
{
    /// <summary>Three times a large last-level cache.</summary>
    public const long PastCaches = 96L << 20;

    private const int MostCopies = 64;

    private readonly KernelCase _case;
    private readonly Backend _backend;
    private readonly CaseTensors[] _copies;
    private int _next;

    /// <param name="kernel">The case.</param>
    /// <param name="backend">Where.</param>
    /// <param name="coldBytes">How much memory the calls walk through; 0 calls on one copy again and again.</param>
    public CaseCalls(KernelCase kernel, Backend backend, long coldBytes = PastCaches)
    {
        (_case, _backend) = (kernel, backend);
        var first = new CaseTensors(backend, kernel.Operands, kernel.InitialValues(), isGuarded: false);
        CaseRun.Call(kernel, CasePhase.Forward, backend, first);
        long copies = Math.Clamp(coldBytes / Math.Max(first.Bytes, 1), 1, MostCopies);
        _copies = [first, .. Enumerable.Range(1, (int)copies - 1).Select(_ => new CaseTensors(first))];
        backend.Synchronize();
    }

    /// <summary>One call, finished when this returns. A backward call finds the outputs of a forward call.</summary>
    public void Run(CasePhase phase)
    {
        CaseRun.Call(_case, phase, _backend, _copies[_next]);
        _backend.Synchronize();
        _next = _next + 1 == _copies.Length ? 0 : _next + 1;
    }

    public void Dispose()
    {
        foreach (CaseTensors copy in _copies)
        {
            copy.Dispose();
        }
    }
}
