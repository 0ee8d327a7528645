using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.IO.Checkpoints;
using FastAlign.Models;

namespace FastAlign;

/// <summary>The reference of a run: a frozen copy of the weights, or a table of log-probs computed once and kept on disk.</summary>
internal sealed class RunReference : IDisposable
{
    private const string CacheName = "reference-log-probs.bin";

    private readonly RunOptions _options;
    private readonly IRunObserver _observer;
    private readonly LoadedModel _policy;
    private readonly Backend _backend;
    private readonly int _maxLength;
    private readonly bool _isNeeded;
    private LoadedModel? _other;
    private ParameterSet? _frozen;
    private DecoderModel? _model;

    public RunReference(RunOptions options, TrainingMethod method, Backend backend, LoadedModel policy, int maxLength, IRunObserver observer)
    {
        (_options, _backend, _policy, _maxLength, _observer) = (options, backend, policy, maxLength, observer);
        _isNeeded = method.NeedsReference;
        if (_isNeeded && options.Reference.Model is { } folder)
        {
            _other = HfCheckpoint.Load(folder, backend);
            if (_other.Spec.Vocab != policy.Spec.Vocab)
            {
                throw new InputException($"ref_model_name_or_path: {folder}: expected a vocabulary of {policy.Spec.Vocab}, found {_other.Spec.Vocab}");
            }
        }
    }

    private bool IsPrecomputed => _options.Reference.IsPrecomputed;

    /// <summary>A reference of the same cost, for a plan; not to be run.</summary>
    public IReferenceLogProbs? Planned(MethodData data) => !_isNeeded ? null : IsPrecomputed ? new ReferenceTable([]) : new FrozenReference(Model());

    /// <summary>The reference to train with.</summary>
    public IReferenceLogProbs? For(MethodData data, RunFolder folder)
    {
        if (!_isNeeded)
        {
            return null;
        }

        return IsPrecomputed ? Table(data, folder) : new FrozenReference(Model());
    }

    public void Dispose()
    {
        _model?.Dispose();
        _frozen?.Dispose();
        _other?.Dispose();
    }

    private DecoderModel Model()
    {
        // Cloned before the first step: the policy still has the weights it started from.
        _frozen ??= _other is null ? _policy.Parameters.Clone() : null;
        return _model ??= new DecoderModel((_other ?? _policy).Spec, _other?.Parameters ?? _frozen!, _maxLength);
    }

    /// <summary>Log-probs of every example: from the cache where it has them, else from the reference itself, which is gone before training starts.</summary>
    private ReferenceTable Table(MethodData data, RunFolder folder)
    {
        Func<int, IReadOnlyList<Completion>> completions = data.Completions
            ?? throw new InputException("precompute_ref_log_probs: expected a method whose completions are scored whole, found one whose are not");
        ParameterSet weights = _other?.Parameters ?? _policy.Parameters;
        string path = Path.Combine(_options.Reference.Cache ?? folder.Path, CacheName);
        using LogProbCache cache = LogProbCache.Open(path, ParameterHash.Of(weights), _backend.NumericsId, _policy.Spec.Head, _observer.OnMessage);
        var rows = new double[data.Data.Count][];
        var missing = new List<int>();
        for (int i = 0; i < rows.Length; i++)
        {
            double[]?[] found = [.. completions(i).Select(one => cache.Find(one.Prompt, one.Tokens))];
            if (Array.Exists(found, one => one is null))
            {
                missing.Add(i);
            }
            else
            {
                rows[i] = [.. found.SelectMany(one => one!)];
            }
        }

        _observer.OnMessage($"reference: {rows.Length - missing.Count} of {rows.Length} examples found in {path}");
        Compute(data, completions, missing, weights, cache, rows);
        cache.Flush();
        return new ReferenceTable(rows);
    }

    private void Compute(
        MethodData data, Func<int, IReadOnlyList<Completion>> completions, List<int> missing, ParameterSet weights, LogProbCache cache, double[][] rows)
    {
        if (missing.Count == 0)
        {
            return;
        }

        using var model = new DecoderModel((_other ?? _policy).Spec, weights, _maxLength);
        int largest = missing.MaxBy(i => data.Data.Build([i]).TokenCount);
        int most = missing.MaxBy(i => data.Data.Counts([i]).Tokens);
        using var arena = new Arena(_backend, Math.Max(ForwardBytes(data, model, largest), ForwardBytes(data, model, most)));
        var reference = new FrozenReference(model);
        int[] one = new int[1];
        foreach (int i in missing)
        {
            one[0] = i;
            arena.Reset();
            TokenBatch batch = data.Data.Build(one);
            rows[i] = new double[batch.RowCount];
            reference.Compute(BatchTensors.Upload(batch, arena), one, arena, rows[i]);
            int next = 0;
            foreach (Completion completion in completions(i))
            {
                cache.Add(completion.Prompt, completion.Tokens, rows[i].AsSpan(next, completion.Tokens.Length));
                next += completion.Tokens.Length;
            }
        }
    }

    private static long ForwardBytes(MethodData data, DecoderModel model, int example)
    {
        using var nothing = new NullBackend(model.Backend);
        using var weights = new ParameterSet(nothing, model.Parameters.Specs);
        using var twin = new DecoderModel(model.Spec, weights, model.MaxLength);
        using var arena = new Arena(nothing, Arena.Unlimited);
        TokenBatch batch = data.Data.Build([example]);
        new FrozenReference(twin).Compute(BatchTensors.Upload(batch, arena), [example], arena, new double[batch.RowCount]);
        return arena.HighWaterBytes;
    }
}
