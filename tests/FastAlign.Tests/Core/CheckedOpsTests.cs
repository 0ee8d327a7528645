using FastAlign.Core;
using FastAlign.Kernels.Conformance;
using Xunit;

namespace FastAlign.Tests.Core;

public sealed class CheckedOpsTests : IDisposable
{
    private static readonly NormSpec Norm = new(1e-5f);
    private static readonly AttentionSpec Attend = new(1);
    private static readonly HeadSpec Plain = new(1);
    private readonly ReferenceBackend _backend = new();
    private readonly List<TensorBuffer> _buffers = [];
    private readonly CheckedOps _ops;

    public CheckedOpsTests() => _ops = CheckedOps.Wrap(_backend.Ops);

    public void Dispose()
    {
        _buffers.ForEach(static buffer => buffer.Dispose());
        _backend.Dispose();
    }

    [Fact]
    public void Copy_WrongShape_NamesIt() => Expect("[copy] y: expected [2, 3], got [3, 2]", () => _ops.Copy(T(2, 3), T(3, 2)));

    [Fact]
    public void Copy_IdsToReals_NamesTheType() => Expect("[copy] y: expected I32, got F64", () => _ops.Copy(Ids(1, 2), T(2)));

    [Fact]
    public void Fill_Ids_NamesTheType() => Expect("[fill] x: expected F32 or F64, got I32", () => _ops.Fill(Ids(0), 1));

    [Fact]
    public void Add_WrongShape_NamesIt() => Expect("[add] y: expected [4], got [5]", () => _ops.Add(T(4), 1, T(5)));

    [Fact]
    public void Scale_StridedRows_NamesTheStride() =>
        Expect("[scale] x: expected contiguous rows, got row stride 4 for [2, 3]", () => _ops.Scale(T(2, 4).Columns(0, 3), 2));

    [Fact]
    public void SumOfSquares_None_SaysSo() => Expect("[sum_of_squares] x: expected a tensor, got none", () => _ops.SumOfSquares(Tensor.None));

    [Fact]
    public void GatherRows_IdBeyondTable_NamesTheRow() =>
        Expect("[gather_rows] rows[1]: expected 0..3, got 4", () => _ops.GatherRows(T(4, 3), Ids(0, 4), Write.Assign, T(2, 3)));

    [Fact]
    public void ScatterRows_WrongWidth_NamesIt() =>
        Expect("[scatter_rows] y: expected [4, 3], got [4, 2]", () => _ops.ScatterRows(T(2, 3), Ids(0, 1), Write.Add, T(4, 2)));

    [Fact]
    public void RmsNorm_WrongWeight_NamesIt() =>
        Expect("[rms_norm] w: expected [2048], got [1024]", () => _ops.RmsNormForward(T(2, 2048), T(1024), Norm, T(2, 2048), T(2)));

    [Fact]
    public void RmsNormBackward_WrongStatistics_NamesThem() =>
        Expect("[rms_norm_backward] rstd: expected [2, 3], got [2]", () => _ops.RmsNormBackward(T(2, 3, 4), T(4), T(2), T(2, 3, 4), Norm, Write.Assign, T(2, 3, 4), T(4)));

    [Fact]
    public void RmsNormBackward_AddIntoItsUpstream_IsRefused()
    {
        Tensor dy = T(2, 4);
        Expect("[rms_norm_backward] dx: expected memory apart from dy, got an overlap", () => _ops.RmsNormBackward(T(2, 4), T(4), T(2), dy, Norm, Write.Add, dy, T(4)));
    }

    [Fact]
    public void LayerNorm_WrongMean_NamesIt() =>
        Expect("[layer_norm] mean: expected [2], got [3]", () => _ops.LayerNormForward(T(2, 4), T(4), T(4), Norm, T(2, 4), T(3), T(2)));

    [Fact]
    public void LayerNormBackward_WrongBiasGradient_NamesIt() =>
        Expect("[layer_norm_backward] db: expected [4], got [5]", () => _ops.LayerNormBackward(new LayerNormSaved(T(2, 4), T(2), T(2)), T(4), T(2, 4), Norm, Write.Assign, T(2, 4), T(4), T(5)));

    [Fact]
    public void Linear_WrongWeight_NamesIt() =>
        Expect("[linear] w: expected [5, 3], got [5, 4]", () => _ops.LinearForward(T(2, 3), T(5, 4), Tensor.None, Tensor.None, T(2, 5)));

    [Fact]
    public void Linear_OutputOverInput_IsRefused()
    {
        Tensor x = T(2, 3);
        Expect("[linear] y: expected memory apart from x, got an overlap", () => _ops.LinearForward(x, T(3, 3), Tensor.None, Tensor.None, x));
    }

    [Fact]
    public void Linear_ColumnRangesOfOneMatrix_AreApart()
    {
        Tensor qkv = T(2, 9);
        _ops.LinearForward(qkv.Columns(0, 3), T(4, 3), Tensor.None, Tensor.None, qkv.Columns(3, 4));
        Expect("[linear] y: expected memory apart from x, got an overlap", () => _ops.LinearForward(qkv.Columns(0, 3), T(4, 3), Tensor.None, Tensor.None, qkv.Columns(2, 4)));
    }

    [Fact]
    public void LinearBackwardInput_WrongResult_NamesIt() =>
        Expect("[linear_backward_input] dx: expected [2, 3], got [2, 4]", () => _ops.LinearBackwardInput(T(2, 5), T(5, 3), Write.Assign, T(2, 4)));

    [Fact]
    public void LinearBackwardWeight_WrongBias_NamesIt() =>
        Expect("[linear_backward_weight] dbias: expected [5], got [3]", () => _ops.LinearBackwardWeight(T(2, 3), T(2, 5), T(5, 3), T(3)));

    [Fact]
    public void Rotary_OddTable_NamesIt() =>
        Expect("[rotary] table: expected an even width of at most 4, got [8, 3]", () => _ops.Rotary(T(2, 1, 4), Ids(0, 1), T(8, 3), RotaryPairing.Halves, RotaryDirection.Forward));

    [Fact]
    public void Rotary_PositionBeyondTable_NamesTheRow() =>
        Expect("[rotary] positions[1]: expected 0..7, got -1", () => _ops.Rotary(T(2, 1, 4), Ids(0, -1), T(8, 4), RotaryPairing.Halves, RotaryDirection.Forward));

    [Fact]
    public void Activation_WrongShape_NamesIt() =>
        Expect("[activation] y: expected [2, 3], got [3, 2]", () => _ops.ActivationForward(Activation.Gelu, T(2, 3), T(3, 2)));

    [Fact]
    public void ActivationBackward_WrongShape_NamesIt() =>
        Expect("[activation_backward] dy: expected [2, 3], got [2, 4]", () => _ops.ActivationBackward(Activation.Gelu, T(2, 3), T(2, 4), T(2, 3)));

    [Fact]
    public void GatedActivation_WrongShape_NamesIt() =>
        Expect("[gated_activation] gateUp: expected [2, 6], got [2, 5]", () => _ops.GatedActivationForward(Activation.Silu, T(2, 5), T(2, 3)));

    [Fact]
    public void GatedActivationBackward_WrongShape_NamesIt() =>
        Expect("[gated_activation_backward] dGateUp: expected [2, 6], got [2, 3]", () => _ops.GatedActivationBackward(Activation.Silu, T(2, 6), T(2, 3), T(2, 3)));

    [Fact]
    public void Attention_HeadsNotDivisible_NamesIt() =>
        Expect("[attention] k: expected a number of heads that divides 4, got [3, 3, 8]", () => _ops.AttentionForward(Attention(3, 4, 3), Chain(3), Attend));

    [Fact]
    public void Attention_SegmentBeyondKeys_NamesIt() => Assert.StartsWith(
        "[attention] segment 0: expected rows below 3, got",
        Assert.Throws<ShapeException>(() => _ops.AttentionForward(Attention(3, 4, 2), Chain(4), Attend)).Message,
        StringComparison.Ordinal);

    [Fact]
    public void AttentionBackward_WrongGradient_NamesIt() =>
        Expect("[attention_backward] dk: expected [3, 2, 8], got [3, 4, 8]", () => _ops.AttentionBackward(Attention(3, 4, 2), Chain(3), Attend, T(3, 4, 8), T(3, 4, 8), T(3, 4, 8), T(3, 2, 8)));

    [Fact]
    public void LogProbHead_TargetBeyondVocabulary_NamesTheRow() =>
        Expect("[log_prob_head] targets[0]: expected 0..9, got 10", () => _ops.LogProbHeadForward(new HeadInputs(T(1, 4), T(10, 4), Tensor.None, Ids(10)), Plain, new HeadOutputs(T(1), T(1))));

    [Fact]
    public void LogProbHeadBackward_SlopeAndWeightGradient_SaysThatOneIsTooMany() =>
        Expect("[log_prob_head_backward] slope: expected no gradients of w, bias and entropy, since a kept slope has none, got one of them", () => _ops.LogProbHeadBackward(
            new HeadInputs(T(1, 4), T(10, 4), Tensor.None, Ids(1)),
            Plain,
            new HeadOutputs(T(1), T(1)) { Slope = T(1, 4) },
            new HeadGradients(T(1), Tensor.None, T(1, 4), T(10, 4), Tensor.None)));

    [Fact]
    public void LogProbHeadBackward_WrongWeightGradient_NamesIt() =>
        Expect("[log_prob_head_backward] dw: expected [10, 4], got [4, 10]", () => _ops.LogProbHeadBackward(
            new HeadInputs(T(1, 4), T(10, 4), Tensor.None, Ids(3)), Plain, new HeadOutputs(T(1), T(1)), new HeadGradients(T(1), Tensor.None, T(1, 4), T(4, 10), Tensor.None)));

    [Fact]
    public void AdamW_WrongMoment_NamesIt() =>
        Expect("[adamw] secondMoment: expected [7], got [8]", () => _ops.AdamW(new AdamWStep(1, 0, 0, 1, 0, 1), T(7), T(7), T(7), T(8)));

    private static void Expect(string message, Action call) => Assert.Equal(message, Assert.Throws<ShapeException>(call).Message);

    private static AttentionLayout Chain(int length) => new([new Segment(0, length, -1)], [new QueryRun(0, 3, 0, 0)]);

    private AttentionTensors Attention(int rows, int heads, int groups) =>
        new(T(rows, heads, 8), T(rows, groups, 8), T(rows, groups, 8), T(rows, heads, 8), T(rows, heads));

    private Tensor T(int d0) => Keep(_backend.Allocate(new Shape(d0), DType.F64));

    private Tensor T(int d0, int d1) => Keep(_backend.Allocate(new Shape(d0, d1), DType.F64));

    private Tensor T(int d0, int d1, int d2) => Keep(_backend.Allocate(new Shape(d0, d1, d2), DType.F64));

    private Tensor Ids(params int[] values)
    {
        Tensor ids = Keep(_backend.Allocate(new Shape(values.Length), DType.I32));
        _backend.Upload<int>(values, ids);
        return ids;
    }

    private Tensor Keep(Tensor tensor)
    {
        _buffers.Add(tensor.Buffer);
        return tensor;
    }
}
