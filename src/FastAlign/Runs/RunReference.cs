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
        if (options.Reference.Storage == WeightStorage.BrainFloat && (IsMoved || IsPrecomputed))
        {
            string other = IsMoved ? "ref_model_sync_steps: a reference that moves" : "precompute_ref_log_probs: a reference without weights of its own";
            throw new InputException($"ref_dtype: expected auto or float32 with {other}, found bfloat16");
        }

        if (_isNeeded && options.Reference.Model is { } folder)
        {
            _other = HfCheckpoint.Load(folder, backend, Storage);
            if (_other.Spec.Vocab != policy.Spec.Vocab)
            {
                _other.Dispose();
                throw new InputException($"ref_model_name_or_path: {folder}: expected a vocabulary of {policy.Spec.Vocab}, found {_other.Spec.Vocab}");
            }
        }
    }

    private bool IsMoved => _options.Training.ReferenceSyncSteps > 0;

    private WeightStorage Storage => IsMoved ? WeightStorage.Single : _options.Reference.Storage;

    private bool IsPrecomputed => _options.Reference.IsPrecomputed;

    /// <summary>A reference of the same cost, for a plan; not to be run.</summary>
    public IReferenceLogProbs? Planned(MethodData data) => !_isNeeded ? null : IsPrecomputed ? new ReferenceTable([]) : new FrozenReference(Model());

    /// <summary>The reference to train or evaluate with.</summary>
    /// <param name="data">Examples.</param>
    /// <param name="folder">Where the cache lies, unless it has a place of its own.</param>
    /// <param name="steps">All steps that the data will make up.</param>
    public IReferenceLogProbs? For(MethodData data, RunFolder folder, IEnumerable<IReadOnlyList<int[]>> steps)
    {
        if (!_isNeeded)
        {
            return null;
        }

        return IsPrecomputed ? Table(data, folder, steps) : new FrozenReference(Model());
    }

    /// <summary>Gives back the weights of a reference that is nothing but tables by now; <see cref="For"/> has been asked for all there are.</summary>
    public void ReleaseTabled()
    {
        if (IsPrecomputed)
        {
            _other?.Dispose();
            _other = null;
        }
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
        _frozen ??= _other is null ? _policy.Parameters.Clone(Storage.IsBrainFloat(_policy.IsBrainFloatInFile, _backend)) : null;
        return _model ??= new DecoderModel((_other ?? _policy).Spec, _other?.Parameters ?? _frozen!, _maxLength);
    }

    /// <summary>Log-probs of every example in every form: from the cache where it has them, else from the reference itself, which is gone before training starts.</summary>
    private ReferenceTable Table(MethodData data, RunFolder folder, IEnumerable<IReadOnlyList<int[]>> steps)
    {
        Func<int, IReadOnlyList<Completion>> completions = data.Completions
            ?? throw new InputException("precompute_ref_log_probs: expected a method whose completions are scored whole, found one whose are not");
        ParameterSet weights = _other?.Parameters ?? _policy.Parameters;
        string path = Path.Combine(_options.Reference.Cache ?? folder.Path, CacheName);
        using LogProbCache cache = LogProbCache.Open(path, ParameterHash.Of(weights), _backend.NumericsId, _policy.Spec.Head, _observer.OnMessage);
        var rows = new Dictionary<(int Example, int Form), double[]>();
        var missing = new List<Missing>();
        var seen = new HashSet<(int Example, int Form)>();
        foreach (IReadOnlyList<int[]> step in steps)
        {
            data.Data.Begin(step);
            foreach (int i in step.SelectMany(batch => batch).Where(i => seen.Add((i, data.Data.FormOf(i)))))
            {
                IReadOnlyList<Completion> all = completions(i);
                double[]?[] found = [.. all.Select(one => cache.Find(one.Prompt, one.Tokens))];
                if (Array.Exists(found, one => one is null))
                {
                    missing.Add(new Missing(i, data.Data.FormOf(i), all, data.Data.Build([i])));
                }
                else
                {
                    rows.Add((i, data.Data.FormOf(i)), [.. found.SelectMany(one => one!)]);
                }
            }
        }

        _observer.OnMessage($"reference: {seen.Count - missing.Count} of {seen.Count} examples found in {path}");
        Compute(missing, weights, cache, rows);
        cache.Flush();
        return new ReferenceTable(data.Data, rows);
    }

    private void Compute(List<Missing> missing, ParameterSet weights, LogProbCache cache, Dictionary<(int Example, int Form), double[]> rows)
    {
        if (missing.Count == 0)
        {
            return;
        }

        using var model = new DecoderModel((_other ?? _policy).Spec, weights, _maxLength);
        TokenBatch largest = missing.MaxBy(one => one.Batch.TokenCount)!.Batch;
        TokenBatch most = missing.MaxBy(one => one.Batch.RowCount)!.Batch;
        using var arena = new Arena(_backend, Math.Max(ForwardBytes(largest, model), ForwardBytes(most, model)));
        var reference = new FrozenReference(model);
        foreach (Missing one in missing)
        {
            arena.Reset();
            double[] logProbs = new double[one.Batch.RowCount];
            reference.Compute(BatchTensors.Upload(one.Batch, arena), [one.Example], arena, logProbs);
            rows.Add((one.Example, one.Form), logProbs);
            int next = 0;
            foreach (Completion completion in one.Completions)
            {
                cache.Add(completion.Prompt, completion.Tokens, logProbs.AsSpan(next, completion.Tokens.Length));
                next += completion.Tokens.Length;
            }
        }
    }

    private static long ForwardBytes(TokenBatch batch, DecoderModel model)
    {
        using var nothing = new NullBackend(model.Backend);
        using var weights = new ParameterSet(nothing, model.Parameters.Specs);
        using var twin = new DecoderModel(model.Spec, weights, model.MaxLength);
        using var arena = new Arena(nothing, Arena.Unlimited);
        new FrozenReference(twin).Compute(BatchTensors.Upload(batch, arena), [0], arena, new double[batch.RowCount]);
        return arena.HighWaterBytes;
    }

    /// <summary>An example in one of its forms that the cache does not have.</summary>
    private sealed record Missing(int Example, int Form, IReadOnlyList<Completion> Completions, TokenBatch Batch);
}
