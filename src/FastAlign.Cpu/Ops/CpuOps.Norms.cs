using FastAlign.Core;

namespace FastAlign.Cpu;

internal sealed unsafe partial class CpuOps
{
    public void RmsNormForward(Tensor x, Tensor w, NormSpec spec, Tensor y, Tensor rstd) =>
        NormForward<RmsNormKind>(x, w, Tensor.None, spec, y, Tensor.None, rstd);

    public void RmsNormBackward(Tensor x, Tensor w, Tensor rstd, Tensor dy, NormSpec spec, Write write, Tensor dx, Tensor dw) =>
        NormBackward<RmsNormKind>(new LayerNormSaved(x, Tensor.None, rstd), w, dy, spec, write, dx, dw, Tensor.None);

    public void LayerNormForward(Tensor x, Tensor w, Tensor b, NormSpec spec, Tensor y, Tensor mean, Tensor rstd) =>
        NormForward<LayerNormKind>(x, w, b, spec, y, mean, rstd);

    public void LayerNormBackward(LayerNormSaved saved, Tensor w, Tensor dy, NormSpec spec, Write write, Tensor dx, Tensor dw, Tensor db) =>
        NormBackward<LayerNormKind>(saved, w, dy, spec, write, dx, dw, db);

    private void NormForward<TKind>(Tensor x, Tensor w, Tensor b, NormSpec spec, Tensor y, Tensor mean, Tensor rstd)
        where TKind : struct, INormKind
    {
        RowGrid grid = new(x.Shape, x.IsContiguous && y.IsContiguous);
        int rowsPerPiece = RowsPerPiece(grid);
        NormForwardAction<TKind> action = new(
            grid, grid.Of(x), w.Host<float>(), HostOrNull(b), spec, grid.Of(y), HostOrNull(mean), rstd.Host<float>(), rowsPerPiece);
        _team.For((grid.Rows + rowsPerPiece - 1) / rowsPerPiece, ref action);
    }

    private void NormBackward<TKind>(LayerNormSaved saved, Tensor w, Tensor dy, NormSpec spec, Write write, Tensor dx, Tensor dw, Tensor db)
        where TKind : struct, INormKind
    {
        RowGrid grid = new(dy.Shape, saved.X.IsContiguous && dy.IsContiguous && dx.IsContiguous);
        float* mean = HostOrNull(saved.Mean);
        float* rstd = saved.Rstd.Host<float>();

        // Weights first: the input gradient may overwrite dy.
        if (!dw.IsNone || !db.IsNone)
        {
            int columns = ColumnsPerPiece(grid.Rows, grid.Width);
            NormWeightGradientAction<TKind> weights = new(grid, grid.Of(saved.X), mean, rstd, grid.Of(dy), HostOrNull(dw), HostOrNull(db), columns);
            _team.For((grid.Width + columns - 1) / columns, ref weights);
        }

        int rowsPerPiece = RowsPerPiece(grid);
        NormInputGradientAction<TKind> inputs = new(
            grid, grid.Of(saved.X), w.Host<float>(), mean, rstd, grid.Of(dy), (float)spec.WeightOffset, write, grid.Of(dx), rowsPerPiece);
        _team.For((grid.Rows + rowsPerPiece - 1) / rowsPerPiece, ref inputs);
    }

    private static int RowsPerPiece(RowGrid grid) => Math.Max(1, ElementTiles.PieceElements / Math.Max(1, grid.Width));

    private static float* HostOrNull(Tensor tensor) => tensor.IsNone ? null : tensor.Host<float>();
}
