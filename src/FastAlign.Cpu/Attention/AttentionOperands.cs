using FastAlign.Core;

namespace FastAlign.Cpu;

/// <summary>Rows of heads in host memory: [N, heads, width] with strided rows, or [N, heads] when the width is 1.</summary>
internal readonly unsafe struct HeadRows(Tensor tensor, int width)
{
    private readonly float* _start = tensor.Host<float>();
    private readonly int _rowStride = tensor.RowStride;

    public int Width { get; } = width;

    /// <summary>First element of a head of a row.</summary>
    public float* At(int row, int head) => _start + ((long)row * _rowStride) + (head * Width);

    /// <summary>Rows from one on, of one head.</summary>
    public Matrix Matrix(int row, int head) => new(At(row, head), _rowStride);
}

/// <summary>Operands of attention as the kernels read them.</summary>
internal readonly struct AttentionOperands
{
    public AttentionOperands(in AttentionTensors tensors, AttentionLayout layout, AttentionSpec spec)
    {
        HeadWidth = tensors.Q.Shape[2];
        if (HeadWidth > AttentionScratch.MaxHeadWidth)
        {
            throw new ShapeException($"[attention] q: expected heads of at most {AttentionScratch.MaxHeadWidth}, got {tensors.Q.Shape}");
        }

        KeyHeads = tensors.K.Shape[1];
        Group = tensors.Q.Shape[1] / KeyHeads;
        Q = new HeadRows(tensors.Q, HeadWidth);
        K = new HeadRows(tensors.K, HeadWidth);
        V = new HeadRows(tensors.V, HeadWidth);
        Y = new HeadRows(tensors.Y, HeadWidth);
        LogZ = new HeadRows(tensors.LogZ, 1);
        Layout = layout;
        Spec = spec;
    }

    public HeadRows Q { get; }

    public HeadRows K { get; }

    public HeadRows V { get; }

    public HeadRows Y { get; }

    public HeadRows LogZ { get; }

    public AttentionLayout Layout { get; }

    public AttentionSpec Spec { get; }

    /// <summary>D.</summary>
    public int HeadWidth { get; }

    /// <summary>G.</summary>
    public int KeyHeads { get; }

    /// <summary>Query heads per key head, H / G.</summary>
    public int Group { get; }

    /// <summary>D rounded up to whole vectors, of 8 lanes for the narrowest heads: the width of panels.</summary>
    public int PanelWidth => HeadWidth <= AttentionTiles.Slim ? AttentionTiles.Slim : (HeadWidth + 15) & ~15;

    /// <summary>Keys a query sees at most; without a window more than there are.</summary>
    public int Window => Spec.Window > 0 ? Spec.Window : int.MaxValue / 2;
}
