namespace FastAlign.Cpu.Head;

/// <summary><c>dx = dLogProb slope</c>: all of backward where forward kept the slopes; a piece is a row.</summary>
internal readonly unsafe struct ScaleSlopes(SlopeRows slopes, float* dLogProb, float* dx) : IParallelAction
{
    public void Run(int index, int thread) => slopes.Scale(index, dLogProb[index], dx + ((long)index * slopes.Width));
}
