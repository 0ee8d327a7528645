namespace FastAlign.Cpu.Head;

/// <summary>What the tiles seen so far add up to in one row, in double.</summary>
internal struct DivergenceSums
{
    /// <summary><c>sum_v D_v</c></summary>
    public double Value;

    /// <summary><c>sum_v g_v</c></summary>
    public double Slope;
}
