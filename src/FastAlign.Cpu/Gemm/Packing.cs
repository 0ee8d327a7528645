using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FastAlign.Cpu.Gemm;

/// <summary>
/// Copies vectors of an operand side by side, <c>panel[k * width + i] = operand(first + i, k0 + k)</c>, so that the register tile reads memory in
/// one forward stream. Missing vectors become zeros, BF16 becomes F32. Packing moves values and computes nothing: it may use any instruction set.
/// </summary>
internal static unsafe class Packing
{
    private const int Block = 16;
    private const int TileBlock = 12;
    private const int SmallBlock = 4;
    private const int RowsAhead = 12;
    private const int CacheLine = 64;

    /// <param name="operand">Source.</param>
    /// <param name="first">First vector.</param>
    /// <param name="count">Vectors present, 1 to <paramref name="width"/>.</param>
    /// <param name="k0">First step.</param>
    /// <param name="depth">Steps.</param>
    /// <param name="width">Vectors per panel.</param>
    /// <param name="panel">[depth, width].</param>
    public static void Pack(in Operand operand, int first, int count, int k0, int depth, int width, float* panel)
    {
        if (operand.IsBrainFloat)
        {
            Pack<StoredBrainFloat>(operand, first, count, k0, depth, width, panel);
        }
        else
        {
            Pack<StoredSingle>(operand, first, count, k0, depth, width, panel);
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
        if (operand.IsBrainFloat)
        {
            PackPanels<StoredBrainFloat>(operand, first, count, k0, depth, width, panels);
        }
        else
        {
            PackPanels<StoredSingle>(operand, first, count, k0, depth, width, panels);
        }
    }

    private static void Pack<TStored>(in Operand operand, int first, int count, int k0, int depth, int width, float* panel)
        where TStored : struct, IStoredElement
    {
        if (count < width)
        {
            new Span<float>(panel, depth * width).Clear();
        }

        byte* from = operand.At(first, k0);
        long stride = operand.Stride * TStored.Bytes;
        if (operand.IsDepthContiguous)
        {
            PackTransposed<TStored>(from, stride, count, depth, width, panel);
        }
        else
        {
            PackCopied<TStored>(from, stride, count, depth, width, panel);
        }
    }

    private static void PackPanels<TStored>(in Operand operand, int first, int count, int k0, int depth, int width, float* panels)
        where TStored : struct, IStoredElement
    {
        int whole = operand.IsDepthContiguous ? 0 : count / width;
        long stride = operand.Stride * TStored.Bytes;
        for (int k = 0; k < depth && whole > 0; k++)
        {
            byte* from = operand.At(first, k0 + k);
            float* to = panels + (k * width);
            for (int p = 0; p < whole; p++, from += width * TStored.Bytes, to += (long)depth * width)
            {
                Prefetch(from + (RowsAhead * stride), width * TStored.Bytes);
                Copy<TStored>(from, width, to);
            }
        }

        for (int i = whole * width; i < count; i += width)
        {
            Pack<TStored>(operand, first + i, Math.Min(width, count - i), k0, depth, width, panels + ((long)i * depth));
        }
    }

    private static void PackTransposed<TStored>(byte* from, long stride, int count, int depth, int width, float* panel)
        where TStored : struct, IStoredElement
    {
        int i = 0;
        if (Avx512F.IsSupported)
        {
            for (; i + Block <= count; i += Block)
            {
                byte* rows = from + (i * stride);
                int k = 0;
                for (; k + Block <= depth; k += Block)
                {
                    Transpose.Block16<TStored>(rows + (k * TStored.Bytes), stride, panel + (k * width) + i, width);
                }

                PackScalar<TStored>(rows, stride, Block, k, depth, width, panel + i);
            }

            for (; i + TileBlock <= count; i += TileBlock)
            {
                byte* rows = from + (i * stride);
                int k = 0;
                for (; k + Block <= depth; k += Block)
                {
                    Transpose.Block12<TStored>(rows + (k * TStored.Bytes), stride, panel + (k * width) + i, width);
                }

                PackScalar<TStored>(rows, stride, TileBlock, k, depth, width, panel + i);
            }
        }

        if (Sse.IsSupported)
        {
            for (; i + SmallBlock <= count; i += SmallBlock)
            {
                byte* rows = from + (i * stride);
                int k = 0;
                for (; k + SmallBlock <= depth; k += SmallBlock)
                {
                    Transpose.Block4<TStored>(rows + (k * TStored.Bytes), stride, panel + (k * width) + i, width);
                }

                PackScalar<TStored>(rows, stride, SmallBlock, k, depth, width, panel + i);
            }
        }

        PackScalar<TStored>(from + (i * stride), stride, count - i, 0, depth, width, panel + i);
    }

    private static void PackScalar<TStored>(byte* from, long stride, int count, int k0, int depth, int width, float* panel)
        where TStored : struct, IStoredElement
    {
        for (int i = 0; i < count; i++)
        {
            for (int k = k0; k < depth; k++)
            {
                panel[(k * width) + i] = TStored.Read(from + (i * stride) + (k * TStored.Bytes));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(byte* from, int bytes)
    {
        for (int i = 0; i < bytes && Sse.IsSupported; i += CacheLine)
        {
            Sse.Prefetch0(from + i);
        }
    }

    private static void PackCopied<TStored>(byte* from, long stride, int count, int depth, int width, float* panel)
        where TStored : struct, IStoredElement
    {
        for (int k = 0; k < depth; k++, from += stride, panel += width)
        {
            Copy<TStored>(from, count, panel);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy<TStored>(byte* from, int count, float* to)
        where TStored : struct, IStoredElement
    {
        int i = 0;
        for (; i + Vector256<float>.Count <= count; i += Vector256<float>.Count)
        {
            TStored.Read8(from + (i * TStored.Bytes)).Store(to + i);
        }

        for (; i + Vector128<float>.Count <= count; i += Vector128<float>.Count)
        {
            TStored.Read4(from + (i * TStored.Bytes)).Store(to + i);
        }

        for (; i < count; i++)
        {
            to[i] = TStored.Read(from + (i * TStored.Bytes));
        }
    }
}
