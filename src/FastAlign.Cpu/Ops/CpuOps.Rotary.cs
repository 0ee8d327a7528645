using FastAlign.Core;

namespace FastAlign.Cpu;

internal sealed partial class CpuOps
{
    public void Rotary(Tensor x, Tensor positions, Tensor table, RotaryPairing pairing, RotaryDirection direction)
    {
        CheckIndices("rotary", "positions", positions, table.Rows);
        int tokensPerPiece = Math.Max(1, ElementTiles.PieceElements / Math.Max(1, x.Shape.RowLength));
        float sign = direction == RotaryDirection.Forward ? 1 : -1;
        RotaryAction action = new(x, positions, table, pairing, sign, tokensPerPiece);
        _team.For((x.Rows + tokensPerPiece - 1) / tokensPerPiece, ref action);
    }
}
