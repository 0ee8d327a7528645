using BenchmarkDotNet.Attributes;
using FastAlign.Kernels.Conformance;

namespace FastAlign.Benchmarks;

/// <summary>Every case of the catalogue, the awkward shapes of verification included: what a call costs when its operands are small and warm.</summary>
public class ConformanceKernels : KernelBenchmark
{
    public static IEnumerable<string> Rows => RowsOf(TimedCase.Of(KernelCases.All));

    [ParamsSource(nameof(Rows))]
    public override string Row { get; set; } = "";

    protected override long ColdBytes => 0;

    protected override IEnumerable<TimedCase> Cases => TimedCase.Of(KernelCases.All);
}

/// <summary>Medium shapes whose whole result is checked; operands come from memory.</summary>
public class TimedKernels : KernelBenchmark
{
    public static IEnumerable<string> Rows => RowsOf(TimedCase.Of(KernelCases.Timed));

    [ParamsSource(nameof(Rows))]
    public override string Row { get; set; } = "";

    protected override long ColdBytes => CaseCalls.PastCaches;

    protected override IEnumerable<TimedCase> Cases => TimedCase.Of(KernelCases.Timed);
}

/// <summary>The shapes of SmolLM2-135M; operands come from memory.</summary>
public class ModelKernels : KernelBenchmark
{
    public static IEnumerable<string> Rows => RowsOf(ModelCases.All(isQuick: false));

    [ParamsSource(nameof(Rows))]
    public override string Row { get; set; } = "";

    protected override long ColdBytes => CaseCalls.PastCaches;

    protected override IEnumerable<TimedCase> Cases => ModelCases.All(isQuick: false);
}
