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

    public RunReference(RunOptions options, IRunRecipe recipe, Backend backend, LoadedModel policy, int maxLength, IRunObserver observer)
    {
        (_options, _backend, _policy, _maxLength, _observer) = (options, backend, policy, maxLength, observer);
        _isNeeded = recipe.NeedsReference;
        if (_isNeeded && (options as DpoRunOptions)?.ReferenceModel is { } folder)
        {
            _other = HfCheckpoint.Load(folder, backend);
            if (_other.Spec.Vocab != policy.Spec.Vocab)
            {
                throw new InputException($"ref_model_name_or_path: {folder}: expected a vocabulary of {policy.Spec.Vocab}, found {_other.Spec.Vocab}");
            }
        }
    }

    private bool IsPrecomputed => (_options as DpoRunOptions)?.IsReferencePrecomputed ?? false;

    /// <summary>A reference of the same cost, for a plan; not to be run.</summary>
    public IReferenceLogProbs? Planned(RecipeData data) => !_isNeeded ? null : IsPrecomputed ? new ReferenceTable([]) : new FrozenReference(Model());

    /// <summary>The reference to train with.</summary>
    public IReferenceLogProbs? For(RecipeData data, RunFolder folder)
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
    private ReferenceTable Table(RecipeData data, RunFolder folder)
    {
        IReadOnlyList<PreferenceExample> pairs = data.Pairs ?? throw new InvalidOperationException("only preference pairs have a cached reference");
        ParameterSet weights = _other?.Parameters ?? _policy.Parameters;
        string path = Path.Combine((_options as DpoRunOptions)?.ReferenceCache ?? folder.Path, CacheName);
        using LogProbCache cache = LogProbCache.Open(path, ParameterHash.Of(weights), _backend.NumericsId, _policy.Spec.Head, _observer.OnMessage);
        var rows = new double[pairs.Count][];
        var missing = new List<int>();
        for (int i = 0; i < rows.Length; i++)
        {
            double[]? chosen = cache.Find(pairs[i].Prompt, pairs[i].Chosen);
            double[]? rejected = cache.Find(pairs[i].Prompt, pairs[i].Rejected);
            if (chosen is null || rejected is null)
            {
                missing.Add(i);
            }
            else
            {
                rows[i] = [.. chosen, .. rejected];
            }
        }

        _observer.OnMessage($"reference: {rows.Length - missing.Count} of {rows.Length} pairs found in {path}");
        Compute(data, pairs, missing, weights, cache, rows);
        cache.Flush();
        return new ReferenceTable(rows);
    }

    private void Compute(
        RecipeData data, IReadOnlyList<PreferenceExample> pairs, List<int> missing, ParameterSet weights, LogProbCache cache, double[][] rows)
    {
        if (missing.Count == 0)
        {
            return;
        }

        using var model = new DecoderModel((_other ?? _policy).Spec, weights, _maxLength);
        int largest = missing.MaxBy(i => pairs[i].Prompt.Length + pairs[i].Chosen.Length + pairs[i].Rejected.Length);
        int most = missing.MaxBy(i => pairs[i].Chosen.Length + pairs[i].Rejected.Length);
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
            int split = pairs[i].Chosen.Length;
            cache.Add(pairs[i].Prompt, pairs[i].Chosen, rows[i].AsSpan(0, split));
            cache.Add(pairs[i].Prompt, pairs[i].Rejected, rows[i].AsSpan(split));
        }
    }

    private static long ForwardBytes(RecipeData data, DecoderModel model, int example)
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
