using FastAlign.Core;
using FastAlign.Kernels;

namespace FastAlign.Cpu;

internal sealed partial class CpuOps
{
    public void ActivationForward(Activation kind, Tensor x, Tensor y)
    {
        switch (kind)
        {
            case Activation.Silu:
                Map(default(ActivationValue<Silu, Vector512Lane>), x, y);
                break;
            case Activation.Gelu:
                Map(default(ActivationValue<Gelu, Vector512Lane>), x, y);
                break;
            case Activation.GeluTanh:
                Map(default(ActivationValue<GeluTanh, Vector512Lane>), x, y);
                break;
            case Activation.Relu:
                Map(default(ActivationValue<Relu, Vector512Lane>), x, y);
                break;
            default:
                throw Unknown(kind);
        }
    }

    public void ActivationBackward(Activation kind, Tensor x, Tensor dy, Tensor dx)
    {
        switch (kind)
        {
            case Activation.Silu:
                Map(default(ActivationGradient<Silu, Vector512Lane>), x, dy, dx);
                break;
            case Activation.Gelu:
                Map(default(ActivationGradient<Gelu, Vector512Lane>), x, dy, dx);
                break;
            case Activation.GeluTanh:
                Map(default(ActivationGradient<GeluTanh, Vector512Lane>), x, dy, dx);
                break;
            case Activation.Relu:
                Map(default(ActivationGradient<Relu, Vector512Lane>), x, dy, dx);
                break;
            default:
                throw Unknown(kind);
        }
    }

    public void GatedActivationForward(Activation kind, Tensor gateUp, Tensor y)
    {
        int f = y.Shape[1];
        Tensor gate = gateUp.Columns(0, f);
        Tensor up = gateUp.Columns(f, f);
        switch (kind)
        {
            case Activation.Silu:
                Map(default(GatedActivation<Silu, Vector512Lane>), gate, up, y);
                break;
            case Activation.Gelu:
                Map(default(GatedActivation<Gelu, Vector512Lane>), gate, up, y);
                break;
            case Activation.GeluTanh:
                Map(default(GatedActivation<GeluTanh, Vector512Lane>), gate, up, y);
                break;
            case Activation.Relu:
                Map(default(GatedActivation<Relu, Vector512Lane>), gate, up, y);
                break;
            default:
                throw Unknown(kind);
        }
    }

    public void GatedActivationBackward(Activation kind, Tensor gateUp, Tensor dy, Tensor dGateUp)
    {
        switch (kind)
        {
            case Activation.Silu:
                GatedGradient<Silu>(gateUp, dy, dGateUp);
                break;
            case Activation.Gelu:
                GatedGradient<Gelu>(gateUp, dy, dGateUp);
                break;
            case Activation.GeluTanh:
                GatedGradient<GeluTanh>(gateUp, dy, dGateUp);
                break;
            case Activation.Relu:
                GatedGradient<Relu>(gateUp, dy, dGateUp);
                break;
            default:
                throw Unknown(kind);
        }
    }

    private static ShapeException Unknown(Activation kind) => new($"[activation] unknown kind {kind}");

    private void GatedGradient<TActivation>(Tensor gateUp, Tensor dy, Tensor dGateUp)
        where TActivation : struct, IActivation
    {
        ElementTiles tiles = new(dy.Shape, areAllContiguous: false);
        GatedGradientAction<TActivation> action = new(gateUp, dy, dGateUp, tiles);
        _team.For(tiles.Pieces, ref action);
    }

    private void Map<TMap>(TMap map, Tensor x, Tensor y)
        where TMap : struct, IMap1<Vector512Lane>
    {
        ElementTiles tiles = new(y.Shape, x.IsContiguous && y.IsContiguous);
        Map1Action<TMap> action = new(map, x, y, tiles);
        _team.For(tiles.Pieces, ref action);
    }

    private void Map<TMap>(TMap map, Tensor a, Tensor b, Tensor y)
        where TMap : struct, IMap2<Vector512Lane>
    {
        ElementTiles tiles = new(y.Shape, a.IsContiguous && b.IsContiguous && y.IsContiguous);
        Map2Action<TMap> action = new(map, a, b, y, tiles);
        _team.For(tiles.Pieces, ref action);
    }
}
