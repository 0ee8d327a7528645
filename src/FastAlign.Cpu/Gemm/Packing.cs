using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FastAlign.Cpu.Gemm;

/// <summary>
/// Copies vectors of an operand side by side, <c>panel[k * width + i] = operand(first + i, k0 + k)</c>, so that the register tile reads memory in
/// one forward stream. Missing vectors become zeros. Packing moves values and computes nothing: it may use any instruction set.
/// </summary>
internal static unsafe class Packing
{
    private const int Block = 16;
    private const int TileBlock = 12;
    private const int SmallBlock = 4;
    private const int RowsAhead = 12;

    /// <param name="operand">Source.</param>
    /// <param name="first">First vector.</param>
    /// <param name="count">Vectors present, 1 to <paramref name="width"/>.</param>
    /// <param name="k0">First step.</param>
    /// <param name="depth">Steps.</param>
    /// <param name="width">Vectors per panel.</param>
    /// <param name="panel">[depth, width].</param>
    public static void Pack(in Operand operand, int first, int count, int k0, int depth, int width, float* panel)
    {
        if (count < width)
        {
            new Span<float>(panel, depth * width).Clear();
        }

        float* from = operand.At(first, k0);
        if (operand.IsDepthContiguous)
        {
            PackTransposed(from, operand.Stride, count, depth, width, panel);
        }
        else
        {
            PackCopied(from, operand.Stride, count, depth, width, panel);
        }
    }

    /// <summary>Panels side by side, <c>panels[(p * depth + k) * width + i]</c>: where vectors lie side by side in memory each stored row is read in one go.</summary>
    /// <param name="operand">Source.</param>
    /// <param name="first">First vector.</param>
    /// <param name="count">Vectors present.</param>
    /// <param name="k0">First step.</param>
    /// <param name="depth">Steps.</param>
    /// <param name="width">Vectors per panel.</param>
    /// <param name="panels">[panels, depth, width].</param>
    public static void PackPanels(in Operand operand, int first, int count, int k0, int depth, int width, float* panels)
    {
        int whole = operand.IsDepthContiguous ? 0 : count / width;
        for (int k = 0; k < depth && whole > 0; k++)
        {
            float* from = operand.At(first, k0 + k);
            float* to = panels + (k * width);
            for (int p = 0; p < whole; p++, from += width, to += (long)depth * width)
            {
                Prefetch(from + (RowsAhead * operand.Stride), width);
                Copy(from, width, to);
            }
        }

        for (int i = whole * width; i < count; i += width)
        {
            Pack(operand, first + i, Math.Min(width, count - i), k0, depth, width, panels + ((long)i * depth));
        }
    }

    private static void PackTransposed(float* from, long stride, int count, int depth, int width, float* panel)
    {
        int i = 0;
        if (Avx512F.IsSupported)
        {
            for (; i + Block <= count; i += Block)
            {
                float* rows = from + (i * stride);
                int k = 0;
                for (; k + Block <= depth; k += Block)
                {
                    Transpose.Block16(rows + k, stride, panel + (k * width) + i, width);
                }

                PackScalar(rows, stride, Block, k, depth, width, panel + i);
            }

            for (; i + TileBlock <= count; i += TileBlock)
            {
                float* rows = from + (i * stride);
                int k = 0;
                for (; k + Block <= depth; k += Block)
                {
                    Transpose.Block12(rows + k, stride, panel + (k * width) + i, width);
                }

                PackScalar(rows, stride, TileBlock, k, depth, width, panel + i);
            }
        }

        if (Sse.IsSupported)
        {
            for (; i + SmallBlock <= count; i += SmallBlock)
            {
                float* rows = from + (i * stride);
                int k = 0;
                for (; k + SmallBlock <= depth; k += SmallBlock)
                {
                    Transpose.Block4(rows + k, stride, panel + (k * width) + i, width);
                }

                PackScalar(rows, stride, SmallBlock, k, depth, width, panel + i);
            }
        }

        PackScalar(from + (i * stride), stride, count - i, 0, depth, width, panel + i);
    }

    private static void PackScalar(float* from, long stride, int count, int k0, int depth, int width, float* panel)
    {
        for (int i = 0; i < count; i++)
        {
            for (int k = k0; k < depth; k++)
            {
                panel[(k * width) + i] = from[(i * stride) + k];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(float* from, int count)
    {
        for (int i = 0; i < count && Sse.IsSupported; i += Block)
        {
            Sse.Prefetch0(from + i);
        }
    }

    private static void PackCopied(float* from, long stride, int count, int depth, int width, float* panel)
    {
        for (int k = 0; k < depth; k++, from += stride, panel += width)
        {
            Copy(from, count, panel);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(float* from, int count, float* to)
    {
        int i = 0;
        for (; i + Vector256<float>.Count <= count; i += Vector256<float>.Count)
        {
            Vector256.Load(from + i).Store(to + i);
        }

        for (; i + Vector128<float>.Count <= count; i += Vector128<float>.Count)
        {
            Vector128.Load(from + i).Store(to + i);
        }

        for (; i < count; i++)
        {
            to[i] = from[i];
        }
    }
}
