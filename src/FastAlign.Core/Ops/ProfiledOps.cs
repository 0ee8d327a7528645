using System.Diagnostics;

namespace FastAlign.Core;

/// <summary>
/// Counts calls, time, FLOPs, bytes and kernel launches of every op of another <see cref="IOps"/>. Host time: right for backends that finish before they
/// return; of a device it is the time to queue.
/// </summary>
public sealed class ProfiledOps : IOps
{
    private const int ExponentialFlops = 10;

    /// <summary>Per vocabulary entry: three exponentials, a logarithm, a few sums.</summary>
    private const long DivergenceFlops = (4 * ExponentialFlops) + 12;

    private readonly IOps _inner;
    private readonly List<OpProfile> _rows = [];

    private readonly Func<long> _launches;
    private long _seenLaunches;

    private ProfiledOps(IOps inner, Func<long> launches) => (_inner, _launches, _seenLaunches) = (inner, launches, launches());

    /// <summary>One row per op that was called, in order of first call.</summary>
    public IReadOnlyList<OpProfile> Rows => _rows;

    /// <param name="inner">Runs the ops.</param>
    /// <param name="launches">Reads a device's count of launches so far; absent on the host.</param>
    public static ProfiledOps Wrap(IOps inner, Func<long>? launches = null) => new(inner, launches ?? (static () => 0));

    /// <summary>Kernel launches of all ops.</summary>
    public long Launches => _rows.Sum(static row => row.Launches);

    public void Clear()
    {
        _rows.Clear();
        _seenLaunches = _launches();
    }

    public void Fill(Tensor x, double value)
    {
        long start = Stopwatch.GetTimestamp();
        _inner.Fill(x, value);
        Record(OpNames.Fill, start, 0, Bytes(x));
    }

    public void Copy(Tensor x, Tensor y)
    {
        long start = Stopwatch.GetTimestamp();
        _inner.Copy(x, y);
        Record(OpNames.Copy, start, 0, Bytes(x, y));
    }

    public void Add(Tensor x, double scale, Tensor y)
    {
        long start = Stopwatch.GetTimestamp();
        _inner.Add(x, scale, y);
        Record(OpNames.Add, start, 2 * x.Length, Bytes(x, y));
    }

    public void Scale(Tensor x, double scale)
    {
        long start = Stopwatch.GetTimestamp();
        _inner.Scale(x, scale);
        Record(OpNames.Scale, start, x.Length, Bytes(x));
    }

    public double SumOfSquares(Tensor x)
    {
        long start = Stopwatch.GetTimestamp();
        double sum = _inner.SumOfSquares(x);
        Record(OpNames.SumOfSquares, start, 2 * x.Length, Bytes(x));
        return sum;
    }

    public void GatherRows(Tensor x, Tensor rows, Write write, Tensor y)
    {
        long start = Stopwatch.GetTimestamp();
        _inner.GatherRows(x, rows, write, y);
        Record(OpNames.GatherRows, start, write == Write.Add ? y.Length : 0, 2 * Bytes(y));
    }

    public void ScatterRows(Tensor x, Tensor rows, Write write, Tensor y)
    {
        long start = Stopwatch.GetTimestamp();
        _inner.ScatterRows(x, rows, write, y);
        Record(OpNames.ScatterRows, start, write == Write.Add ? x.Length : 0, 2 * Bytes(x));
    }

    public void RmsNormForward(Tensor x, Tensor w, NormSpec spec, Tensor y, Tensor rstd)
    {
        long start = Stopwatch.GetTimestamp();
        _inner.RmsNormForward(x, w, spec, y, rstd);
        Record(OpNames.RmsNorm, start, 5 * x.Length, Bytes(x, w, y, rstd));
    }

    public void RmsNormBackward(Tensor x, Tensor w, Tensor rstd, Tensor dy, NormSpec spec, Write write, Tensor dx, Tensor dw)
    {
        long start = Stopwatch.GetTimestamp();
        _inner.RmsNormBackward(x, w, rstd, dy, spec, write, dx, dw);
        Record(OpNames.RmsNormBackward, start, 9 * x.Length, Bytes(x, w, rstd, dy, dx, dw));
    }

    public void LayerNormForward(Tensor x, Tensor w, Tensor b, NormSpec spec, Tensor y, Tensor mean, Tensor rstd)
    {
        long start = Stopwatch.GetTimestamp();
        _inner.LayerNormForward(x, w, b, spec, y, mean, rstd);
        Record(OpNames.LayerNorm, start, 8 * x.Length, Bytes(x, w, b, y, mean, rstd));
    }

    public void LayerNormBackward(LayerNormSaved saved, Tensor w, Tensor dy, NormSpec spec, Write write, Tensor dx, Tensor dw, Tensor db)
    {
        long start = Stopwatch.GetTimestamp();
        _inner.LayerNormBackward(saved, w, dy, spec, write, dx, dw, db);
        Record(OpNames.LayerNormBackward, start, 12 * dy.Length, Bytes(saved.X, w, dy, dx, dw, db));
    }

    public void LinearForward(Tensor x, Tensor w, Tensor bias, Tensor residual, Tensor y)
    {
        long start = Stopwatch.GetTimestamp();
        _inner.LinearForward(x, w, bias, residual, y);
        Record(OpNames.Linear, start, 2 * x.Rows * w.Length, Bytes(x, w, bias, residual, y));
    }

    public void LinearBackwardInput(Tensor dy, Tensor w, Write write, Tensor dx)
    {
        long start = Stopwatch.GetTimestamp();
        _inner.LinearBackwardInput(dy, w, write, dx);
        Record(OpNames.LinearBackwardInput, start, 2 * dy.Rows * w.Length, Bytes(dy, w, dx));
    }

    public void LinearBackwardWeight(Tensor x, Tensor dy, Tensor dw, Tensor dbias)
    {
        long start = Stopwatch.GetTimestamp();
        _inner.LinearBackwardWeight(x, dy, dw, dbias);
        Record(OpNames.LinearBackwardWeight, start, 2 * dy.Rows * dw.Length, Bytes(x, dy, dw, dbias));
    }

    public void Rotary(Tensor x, Tensor positions, Tensor table, RotaryPairing pairing, RotaryDirection direction)
    {
        long start = Stopwatch.GetTimestamp();
        _inner.Rotary(x, positions, table, pairing, direction);
        Record(OpNames.Rotary, start, 3L * x.Rows * x.Shape[1] * table.Shape[1], Bytes(x, positions));
    }

    public void ActivationForward(Activation kind, Tensor x, Tensor y)
    {
        long start = Stopwatch.GetTimestamp();
        _inner.ActivationForward(kind, x, y);
        Record(OpNames.Activation, start, (ExponentialFlops + 4) * x.Length, Bytes(x, y));
    }

    public void ActivationBackward(Activation kind, Tensor x, Tensor dy, Tensor dx)
    {
        long start = Stopwatch.GetTimestamp();
        _inner.ActivationBackward(kind, x, dy, dx);
        Record(OpNames.ActivationBackward, start, (ExponentialFlops + 8) * x.Length, Bytes(x, dy, dx));
    }

    public void GatedActivationForward(Activation kind, Tensor gateUp, Tensor y)
    {
        long start = Stopwatch.GetTimestamp();
        _inner.GatedActivationForward(kind, gateUp, y);
        Record(OpNames.GatedActivation, start, (ExponentialFlops + 5) * y.Length, Bytes(gateUp, y));
    }

    public void GatedActivationBackward(Activation kind, Tensor gateUp, Tensor dy, Tensor dGateUp)
    {
        long start = Stopwatch.GetTimestamp();
        _inner.GatedActivationBackward(kind, gateUp, dy, dGateUp);
        Record(OpNames.GatedActivationBackward, start, (ExponentialFlops + 12) * dy.Length, Bytes(gateUp, dy, dGateUp));
    }

    public void AttentionForward(in AttentionTensors tensors, AttentionLayout layout, AttentionSpec spec)
    {
        long start = Stopwatch.GetTimestamp();
        _inner.AttentionForward(tensors, layout, spec);
        long flops = VisiblePairs(layout, spec) * tensors.Q.Shape[1] * ((4L * tensors.Q.Shape[2]) + ExponentialFlops);
        Record(OpNames.Attention, start, flops, Bytes(tensors.Q, tensors.K, tensors.V, tensors.Y, tensors.LogZ));
    }

    public void AttentionBackward(in AttentionTensors tensors, AttentionLayout layout, AttentionSpec spec, Tensor dy, Tensor dq, Tensor dk, Tensor dv)
    {
        long start = Stopwatch.GetTimestamp();
        _inner.AttentionBackward(tensors, layout, spec, dy, dq, dk, dv);
        long flops = VisiblePairs(layout, spec) * tensors.Q.Shape[1] * ((10L * tensors.Q.Shape[2]) + ExponentialFlops + 4);
        Record(OpNames.AttentionBackward, start, flops, Bytes(tensors.Q, tensors.K, tensors.V, tensors.Y) + Bytes(dy, dq, dk, dv));
    }

    public void LogProbHeadForward(in HeadInputs inputs, HeadSpec spec, in HeadOutputs outputs)
    {
        long start = Stopwatch.GetTimestamp();
        _inner.LogProbHeadForward(inputs, spec, outputs);
        long flops = (ExponentialFlops + 2L) * inputs.X.Rows * inputs.W.Rows;
        long product = 2 * inputs.X.Rows * inputs.W.Length;
        flops += outputs.Slope.IsNone ? 0 : product;
        if (inputs.Products.IsNone)
        {
            Record(OpNames.LogProbHead, start, flops + product, Bytes(inputs.X, inputs.W, inputs.Bias, outputs.Slope));
        }
        else
        {
            Record(OpNames.LogProbHead, start, flops, Bytes(inputs.Products, outputs.Slope));
        }
    }

    public void LogProbHeadBackward(in HeadInputs inputs, HeadSpec spec, in HeadOutputs outputs, in HeadGradients gradients)
    {
        long start = Stopwatch.GetTimestamp();
        _inner.LogProbHeadBackward(inputs, spec, outputs, gradients);
        if (!outputs.Slope.IsNone)
        {
            Record(OpNames.LogProbHeadBackward, start, gradients.X.Length, Bytes(outputs.Slope, gradients.X));
            return;
        }

        long products = gradients.W.IsNone ? 2 : 3;
        Record(OpNames.LogProbHeadBackward, start, 2 * products * inputs.X.Rows * inputs.W.Length, Bytes(inputs.X, inputs.W, gradients.X, gradients.W));
    }

    public void DivergenceHeadForward(in VocabularyRows student, in VocabularyRows teacher, DivergenceSpec spec, in DivergenceOutputs outputs)
    {
        long start = Stopwatch.GetTimestamp();
        _inner.DivergenceHeadForward(student, teacher, spec, outputs);
        long flops = student.X.Rows * ((2 * (student.W.Length + teacher.W.Length)) + (DivergenceFlops * student.W.Rows));
        Record(OpNames.DivergenceHead, start, flops, Bytes(student.X, student.W, teacher.X, teacher.W));
    }

    public void DivergenceHeadBackward(
        in VocabularyRows student, in VocabularyRows teacher, DivergenceSpec spec, in DivergenceOutputs outputs, Tensor dValue, in VocabularyGradients gradients)
    {
        long start = Stopwatch.GetTimestamp();
        _inner.DivergenceHeadBackward(student, teacher, spec, outputs, dValue, gradients);
        long products = gradients.W.IsNone ? 2 : 3;
        long flops = student.X.Rows * ((2 * ((products * student.W.Length) + teacher.W.Length)) + (DivergenceFlops * student.W.Rows));
        Record(OpNames.DivergenceHeadBackward, start, flops, Bytes(student.X, student.W, teacher.X, teacher.W, gradients.X, gradients.W));
    }

    public void TopTokens(in VocabularyRows rows, Tensor logits, Tensor ids)
    {
        long start = Stopwatch.GetTimestamp();
        _inner.TopTokens(rows, logits, ids);
        Record(OpNames.TopTokens, start, 2 * rows.X.Rows * rows.W.Length, Bytes(rows.X, rows.W, logits, ids));
    }

    public void SelectedLogProbsForward(in VocabularyRows rows, HeadSpec spec, Tensor ids, Tensor logProb)
    {
        long start = Stopwatch.GetTimestamp();
        _inner.SelectedLogProbsForward(rows, spec, ids, logProb);
        Record(OpNames.SelectedLogProbs, start, 2 * logProb.Length * rows.X.Shape[1], Bytes(rows.X, ids, logProb) + (logProb.Length * rows.X.Shape[1] * rows.X.Type.Bytes()));
    }

    public void SelectedLogProbsBackward(in VocabularyRows rows, HeadSpec spec, Tensor ids, Tensor dLogProb, in VocabularyGradients gradients)
    {
        long start = Stopwatch.GetTimestamp();
        _inner.SelectedLogProbsBackward(rows, spec, ids, dLogProb, gradients);
        long products = gradients.W.IsNone ? 2 : 3;
        Record(OpNames.SelectedLogProbsBackward, start, 2 * products * rows.X.Rows * rows.W.Length, Bytes(rows.X, rows.W, gradients.X, gradients.W));
    }

    public void AdamW(AdamWStep step, Tensor parameters, Tensor gradients, Tensor firstMoment, Tensor secondMoment)
    {
        long start = Stopwatch.GetTimestamp();
        _inner.AdamW(step, parameters, gradients, firstMoment, secondMoment);
        Record(OpNames.AdamW, start, 15 * parameters.Length, Bytes(parameters, gradients, firstMoment, secondMoment));
    }

    /// <summary>Query-key pairs of one head.</summary>
    private static long VisiblePairs(AttentionLayout layout, AttentionSpec spec)
    {
        long pairs = 0;
        foreach (QueryRun run in layout.Runs)
        {
            long first = layout.FirstPositions[run.Segment] + run.Offset + 1;
            for (int i = 0; i < run.Count; i++)
            {
                pairs += spec.Window > 0 ? Math.Min(first + i, spec.Window) : first + i;
            }
        }

        return pairs;
    }

    private static long Bytes(Tensor a, Tensor b = default, Tensor c = default, Tensor d = default, Tensor e = default, Tensor f = default) =>
        BytesOf(a) + BytesOf(b) + BytesOf(c) + BytesOf(d) + BytesOf(e) + BytesOf(f);

    private static long BytesOf(Tensor tensor) => tensor.IsNone ? 0 : tensor.Length * tensor.Type.Bytes();

    private void Record(string op, long start, long flops, long bytes)
    {
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        long launches = _launches() - _seenLaunches;
        _seenLaunches += launches;
        for (int i = 0; i < _rows.Count; i++)
        {
            OpProfile row = _rows[i];
            if (ReferenceEquals(row.Op, op))
            {
                _rows[i] = new OpProfile(op, row.Calls + 1, row.Seconds + seconds, row.Flops + flops, row.Bytes + bytes, row.Launches + launches);
                return;
            }
        }

        _rows.Add(new OpProfile(op, 1, seconds, flops, bytes, launches));
    }
}
