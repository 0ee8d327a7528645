using FastAlign.Core;

namespace FastAlign.Models;

/// <summary>One step of decoding on a backend: forward over the new tokens, their logits, and the log-probs of what was drawn.</summary>
internal sealed class DecodeStep : IDisposable
{
    private readonly DecoderModel _model;
    private readonly DecodePlan _plan;
    private readonly LogProbHead _head;
    private readonly KvCache _cache;
    private readonly Arena _arena;
    private HeadActivations _activations;
    private Tensor _logits;

    public DecodeStep(DecoderModel model, DecodePlan plan, long arenaBytes)
    {
        (_model, _plan) = (model, plan);
        _head = new LogProbHead(model);
        _cache = new KvCache(model.Spec, model.Backend, plan.CacheRows);
        _arena = new Arena(model.Backend, arenaBytes);
    }

    public long HighWaterBytes => _arena.HighWaterBytes;

    /// <summary>Runs the new tokens; logits of the batch's sources are ready after it.</summary>
    public void Forward(TokenBatch batch)
    {
        _arena.Reset();
        var uploaded = BatchTensors.Upload(batch, _arena);
        Tensor hidden = _model.ForwardCached(uploaded, _cache, BatchTensors.Upload(_plan.BatchCacheRows, _arena), _arena);
        _activations = _head.Normalize(hidden, _arena);
        _logits = _arena.Take(new Shape(batch.RowCount, _model.Spec.Vocab));
        _head.Logits(_activations.Normed, _logits);
    }

    /// <summary>One row of logits, after the model's scale and cap.</summary>
    public void ReadLogits(int row, Span<double> logits)
    {
        HeadSpec spec = _model.Spec.Head;
        _model.Backend.DownloadReal(_logits.RowRange(row, 1), logits);
        if (spec.LogitScale == 1 && spec.SoftCap <= 0)
        {
            return;
        }

        for (int v = 0; v < logits.Length; v++)
        {
            double z = logits[v] * spec.LogitScale;
            logits[v] = spec.SoftCap > 0 ? spec.SoftCap * Math.Tanh(z / spec.SoftCap) : z;
        }
    }

    /// <summary>Log-probs of the drawn tokens through the training head, so that they are the training forward's bits.</summary>
    public double[] Score()
    {
        int n = _plan.Active.Count;
        (Tensor x, Tensor products) = (_activations.Normed, _logits);
        if (!_plan.HasRowEach)
        {
            // After the prompts: several samples draw from one row.
            x = _arena.Take(new Shape(n, _model.Spec.Hidden));
            _model.Backend.Ops.GatherRows(_activations.Normed, BatchTensors.Upload(_plan.LogitRows, _arena), Write.Assign, x);
            products = Tensor.None;
        }

        Tensor targets = BatchTensors.Upload(_plan.Chosen, _arena);
        var outputs = new HeadOutputs(_arena.Take(new Shape(n)), _arena.Take(new Shape(n)));
        _model.Backend.Ops.LogProbHeadForward(new HeadInputs(x, _model.Weights.Head, Tensor.None, targets, products), _model.Spec.Head, outputs);
        double[] logProbs = new double[n];
        _model.Backend.DownloadReal(outputs.LogProb, logProbs);
        return logProbs;
    }

    public void Dispose()
    {
        _arena.Dispose();
        _cache.Dispose();
    }
}
