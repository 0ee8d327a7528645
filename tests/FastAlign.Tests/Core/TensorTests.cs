using FastAlign.Core;

namespace FastAlign.Tests;

public sealed class TensorTests
{
    private static readonly NullBackend Nothing = new("test", DType.F32, 0);

    [Fact]
    public void Columns_OfMatrix_AreAStridedView()
    {
        Tensor matrix = Nothing.Allocate(new Shape(4, 10), DType.F32);

        Tensor heads = matrix.Columns(2, 6).SplitRows(3, 2);

        Assert.Equal(new Shape(4, 3, 2), heads.Shape);
        Assert.Equal(2, heads.Offset);
        Assert.Equal(10, heads.RowStride);
        Assert.False(heads.IsContiguous);
        Assert.Equal(new Shape(4, 6), heads.FlattenRows().Shape);
        Assert.Equal(2 + (10 * 3), heads.RowRange(3, 1).Offset);
    }

    [Fact]
    public void Views_BeyondTheirTensor_AreRefused()
    {
        Tensor matrix = Nothing.Allocate(new Shape(4, 10), DType.F32);

        Assert.Throws<ShapeException>(() => matrix.Columns(8, 3));
        Assert.Throws<ShapeException>(() => matrix.RowRange(2, 3));
        Assert.Throws<ShapeException>(() => matrix.Slice(39, new Shape(2)));
        Assert.Throws<ShapeException>(() => matrix.Columns(0, 5).Reshape(new Shape(20)));
        Assert.Throws<ShapeException>(() => new Tensor(matrix.Buffer, 1, new Shape(4, 10), DType.F32));
        Assert.Throws<ShapeException>(() => Tensor.None.Buffer);
    }

    [Fact]
    public void Arena_MarkAndRelease_ReuseMemoryAndKeepTheHighWaterMark()
    {
        using var arena = new Arena(Nothing, 1024);
        Tensor first = arena.Take(new Shape(3));
        long mark = arena.Mark();
        Tensor second = arena.Take(new Shape(100));
        arena.Release(mark);
        Tensor third = arena.Take(new Shape(5));

        Assert.Equal(0, first.Offset);
        Assert.Equal(16, second.Offset);
        Assert.Equal(second.Offset, third.Offset);
        Assert.Equal(64 + 448, arena.HighWaterBytes);
        Assert.Contains("[300]", Assert.Throws<RunException>(() => arena.Take(new Shape(300))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Backend_CountsLiveAndPeakBytes()
    {
        using var backend = new NullBackend("test", DType.F32, 100);
        TensorBuffer a = backend.Allocate(1000);
        TensorBuffer b = backend.Allocate(500);
        a.Dispose();
        a.Dispose();

        Assert.Equal(600, backend.LiveBytes);
        Assert.Equal(1600, backend.PeakBytes);
        Assert.Equal(1, backend.LiveBuffers);
        b.Dispose();
        backend.ResetPeak();
        Assert.Equal(100, backend.PeakBytes);
    }
}
