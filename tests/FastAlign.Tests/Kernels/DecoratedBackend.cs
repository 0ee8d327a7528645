using FastAlign.Core;

namespace FastAlign.Tests.Kernels;

/// <summary>The reference backend's memory with other ops.</summary>
internal sealed class DecoratedBackend(IOps ops) : HostBackend
{
    public override string Name => "decorated reference";

    public override string NumericsId => "decorated";

    public override DType RealType => DType.F64;

    public override IOps Ops { get; } = ops;
}
