namespace FastAlign.Cpu.Gemm;

/// <summary>What the chain of an output element starts from.</summary>
internal enum ChainStart
{
    /// <summary>Zero; the finished sum then meets the epilogue.</summary>
    Zero,

    /// <summary>The value already in the output: weight gradients, whose chain runs on through all batches.</summary>
    Output,
}
