using System.Runtime.Intrinsics;

namespace FastAlign.Cpu.Gemm;

/// <summary>What happens to a finished sum on its way out: <c>c = sum + bias[n]</c>, then <c>+ addend[m, n]</c>.</summary>
internal readonly unsafe struct Epilogue(float* bias, float* addend, long addendStride)
{
    /// <summary>One value per column, or null.</summary>
    public readonly float* Bias = bias;

    /// <summary>Residual, or the output itself for <c>+=</c>; null for none.</summary>
    public readonly float* Addend = addend;

    /// <summary>Elements between rows of the addend.</summary>
    public readonly long AddendStride = addendStride;

    public bool IsEmpty => Bias == null && Addend == null;

    /// <summary>Writes finished sums of one row.</summary>
    /// <param name="sums">[count].</param>
    /// <param name="count">Columns.</param>
    /// <param name="row">Row of the output.</param>
    /// <param name="column">First column.</param>
    /// <param name="output">Where that column of the row lies.</param>
    public void Write(float* sums, int count, int row, int column, float* output)
    {
        float* bias = Bias == null ? null : Bias + column;
        float* addend = Addend == null ? null : Addend + (row * AddendStride) + column;
        int i = 0;
        for (; i + Vector256<float>.Count <= count; i += Vector256<float>.Count)
        {
            Vector256<float> value = Vector256.Load(sums + i);
            value = bias == null ? value : value + Vector256.Load(bias + i);
            value = addend == null ? value : value + Vector256.Load(addend + i);
            value.Store(output + i);
        }

        for (; i < count; i++)
        {
            float value = sums[i];
            value = bias == null ? value : value + bias[i];
            value = addend == null ? value : value + addend[i];
            output[i] = value;
        }
    }
}
