namespace FastAlign.Cpu;

/// <summary>Sums of squares of consecutive parts of a run of floats.</summary>
/// <param name="x">The run.</param>
/// <param name="length">Its elements.</param>
/// <param name="partLength">Elements of a part; the last may be shorter.</param>
/// <param name="sums">One result per part.</param>
internal readonly unsafe struct SquareSumAction(float* x, long length, int partLength, double* sums) : IParallelAction
{
    private readonly float* _x = x;
    private readonly double* _sums = sums;

    public void Run(int index, int thread)
    {
        long start = (long)index * partLength;
        _sums[index] = RowSums.SumOfSquares(_x + start, (int)Math.Min(partLength, length - start));
    }
}
