using System.Runtime.Intrinsics;
using FastAlign.Kernels;

namespace FastAlign.Cpu.Head;

/// <summary>
/// Adds what a tile of student and teacher logits says to the divergences of its rows. A lane is a vocabulary entry modulo 16; eight vectors are added
/// in F32, then widened: the order of <see cref="FoldRows"/>.
/// </summary>
internal readonly unsafe struct FoldDivergence<TFormula>(in DivergenceTile tile, DivergenceSums* sums, TFormula formula) : IParallelAction
    where TFormula : struct, IDivergenceFormula<Vector512Lane>
{
    private const int VectorsPerBlock = 8;

    private readonly DivergenceTile _tile = tile;

    public void Run(int index, int thread)
    {
        int end = Math.Min((index + 1) * DivergenceTile.RowsPerPiece, _tile.Rows);
        for (int i = index * DivergenceTile.RowsPerPiece; i < end; i++)
        {
            _tile.ToLogProbs(i);
            Fold(_tile.Student(i), _tile.Teacher(i), ref sums[i]);
        }
    }

    private void Fold(float* student, float* teacher, ref DivergenceSums sum)
    {
        Vector512<double> value = default, slope = default;
        for (int start = 0; start < _tile.Count; start += VectorsPerBlock * Vector512<float>.Count)
        {
            int end = Math.Min(start + (VectorsPerBlock * Vector512<float>.Count), _tile.Count);
            Vector512<float> blockValue = default, blockSlope = default;
            for (int j = start; j < end; j += Vector512<float>.Count)
            {
                DivergenceTerm<Vector512Lane> term = formula.Term(new Vector512Lane(Vector512.Load(student + j)), new Vector512Lane(Vector512.Load(teacher + j)));
                blockValue += term.Value.Value;
                blockSlope += term.Slope.Value;
            }

            value += Vectors.Widen(blockValue);
            slope += Vectors.Widen(blockSlope);
        }

        sum.Value += Vector512.Sum(value);
        sum.Slope += Vector512.Sum(slope);
    }
}
